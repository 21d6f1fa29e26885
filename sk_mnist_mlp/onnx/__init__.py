"""Fitted estimators in ONNX, which runs without Python: what teaches skl2onnx to convert them."""

__all__ = ["register"]


def register() -> None:
    """Teach skl2onnx to convert the estimators of this package, alone and in pipelines.

    For this process; a second call changes nothing. Converting takes the weights as NumPy
    arrays, and loads neither Keras nor its backend.

    Raises
    ------
    ImportError
        If skl2onnx is not installed; says by what it is.

    See Also
    --------
    sk_mnist_mlp.KerasMLPClassifier.to_keras : The network alone, for Keras' own exports.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.preprocessing import StandardScaler
    >>> from sklearn.pipeline import make_pipeline
    >>> from sk_mnist_mlp import KerasMLPClassifier
    >>> from sk_mnist_mlp.onnx import register
    >>> X = np.eye(4, dtype=np.float32)
    >>> pipeline = make_pipeline(StandardScaler(), KerasMLPClassifier((3,), epochs=1))
    >>> register()  # doctest: +SKIP
    >>> from skl2onnx import to_onnx  # doctest: +SKIP
    >>> model = to_onnx(pipeline.fit(X, [0, 1, 1, 0]), X[:1])  # doctest: +SKIP
    """
    try:
        from skl2onnx import update_registered_converter
    except ModuleNotFoundError as error:
        raise ImportError(
            "sk_mnist_mlp.onnx.register needs skl2onnx, which is not installed. Install it by "
            "'pip install \"sk_mnist_mlp[onnx]\"', which brings onnxruntime too."
        ) from error
    from sk_mnist_mlp.classifier import KerasMLPClassifier
    from sk_mnist_mlp.onnx import classifier, regressor
    from sk_mnist_mlp.regressor import KerasMLPRegressor

    update_registered_converter(
        KerasMLPClassifier,
        "SkMnistMlpKerasMLPClassifier",
        classifier.set_output_types,
        classifier.convert,
        options=classifier.OPTIONS,
    )
    update_registered_converter(
        KerasMLPRegressor,
        "SkMnistMlpKerasMLPRegressor",
        regressor.set_output_types,
        regressor.convert,
    )
