import matplotlib
import matplotlib.pyplot as plt
import pytest


@pytest.fixture(autouse=True)
def own_figures():
    with matplotlib.rc_context({"backend": "Agg"}):
        yield
        plt.close("all")
