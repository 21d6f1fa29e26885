"""
Tuning with Optuna
==================

Unpromising trials are pruned between epochs, and processes share a study. Run the script in as many
terminals as you like: all add trials to the one study in optuna.db, and learn from each other's.
Optional arguments: trials per process (20), then the study's file. Needs
``pip install '.[optuna]'``.
"""

import sys

import matplotlib.pyplot as plt
import optuna
from sklearn.model_selection import train_test_split

from sk_mnist_mlp import KerasMLPClassifier, load_mnist

EPOCHS = 15
optuna.logging.set_verbosity(optuna.logging.WARNING)
n_trials = int(sys.argv[1]) if len(sys.argv) > 1 else 20
path = sys.argv[2] if len(sys.argv) > 2 else "optuna.db"

data = load_mnist(source="digits")
X_train, X_val, y_train, y_val = train_test_split(
    data.X_train, data.y_train, test_size=0.2, stratify=data.y_train, random_state=0
)


def suggest(trial):
    """Few architectures, each of which is compiled once; the numbers cost nothing to vary."""
    return {
        "widths": trial.suggest_categorical("widths", [64, 256]),
        "depth": trial.suggest_int("depth", 1, 2),
        "activation": trial.suggest_categorical("activation", ["relu", "tanh"]),
        "dropout": trial.suggest_float("dropout", 0.01, 0.5),
        "learning_rate": trial.suggest_float("learning_rate", 1e-4, 1e-2, log=True),
    }


def objective(trial):
    classifier = KerasMLPClassifier(**suggest(trial), batch_size=32, random_state=0)
    for epoch in range(1, EPOCHS + 1):
        classifier.partial_fit(X_train, y_train, classes=range(10))
        accuracy = classifier.score(X_val, y_val)
        trial.report(accuracy, epoch)
        if trial.should_prune():
            raise optuna.TrialPruned
    return accuracy


# %%
# A study that is there already goes on.

study = optuna.create_study(
    study_name="digits",
    storage=f"sqlite:///{path}",
    load_if_exists=True,
    direction="maximize",
    pruner=optuna.pruners.MedianPruner(n_startup_trials=5, n_warmup_steps=3),
)
study.optimize(objective, n_trials)

states = [trial.state.name.lower() for trial in study.trials]
print(f"{len(states)} trials: {states.count('complete')} complete, {states.count('pruned')} pruned")
best = KerasMLPClassifier(**study.best_params, epochs=EPOCHS, batch_size=32, random_state=0)
best.fit(data.X_train, data.y_train)
print(f"the best: {study.best_value:.4f} on the validation images, by")
print(study.best_params)
print(f"fitted to all training images: {best.score(data.X_test, data.y_test):.4f} on the test ones")

# %%
# Each line is a trial; the grey ones were pruned.

for trial in study.trials:
    color = "C0" if trial.state.name == "COMPLETE" else "0.7"
    accuracies = trial.intermediate_values
    plt.plot(accuracies.keys(), accuracies.values(), color=color)
plt.gca().set(xlabel="epoch", ylabel="accuracy on the validation images")
plt.show()
