"""How the benchmarks report: the machine, a table in Markdown, JSON."""

from __future__ import annotations

import json
import os
import platform
import shlex
import sys
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

DISTRIBUTIONS = (
    *("numpy", "scikit-learn", "tensorflow", "jax", "keras"),
    *("scikeras", "skorch", "torch"),
)


@dataclass(frozen=True)
class Machine:
    """What the figures were measured on.

    Parameters
    ----------
    processor : str
    cores : int
        That this process may use.
    load : float
        Processes that were running on average in the minute before; above zero is noise.
    system, python : str
    versions : dict of str to str
        Of the libraries that are installed.
    """

    processor: str
    cores: int
    load: float
    system: str
    python: str
    versions: dict[str, str]

    def sentence(self) -> str:
        """Describe the machine in Markdown."""
        versions = ", ".join(f"{name} {number}" for name, number in self.versions.items())
        cores = f"{self.cores} core{'s' if self.cores > 1 else ''}"
        return (
            f"{self.processor}, {cores}, load before the start {self.load:.1f}; {self.system}; "
            f"Python {self.python}; {versions}."
        )


def this_machine() -> Machine:
    """Describe the machine that the benchmark runs on."""
    return Machine(
        processor=_processor(),
        cores=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else _all_cores(),
        load=os.getloadavg()[0],
        system=f"{platform.system()} {platform.machine()}",
        python=platform.python_version(),
        versions=_versions(),
    )


def _all_cores() -> int:
    return os.cpu_count() or 1


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.processor() or "unknown processor"


def _versions() -> dict[str, str]:
    from sk_mnist_mlp import __version__

    versions = {"sk_mnist_mlp": __version__}
    for name in DISTRIBUTIONS:
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            continue
    return versions


def command() -> str:
    """Return the command line that was given, as one would type it."""
    script = Path(sys.argv[0])
    return shlex.join(["python", f"{script.parent.name}/{script.name}", *sys.argv[1:]])


def write_results(path: Path | None, machine: Machine, **results: Any) -> None:
    """Write results, dataclasses among them, as JSON where there is a path; whole or not at all."""
    if path is None:
        return
    from sk_mnist_mlp.disk.whole_files import replacing

    document = {"command": command(), "machine": machine, **results}
    with replacing(path) as file:
        file.write((json.dumps(document, indent=2, default=asdict) + "\n").encode())
