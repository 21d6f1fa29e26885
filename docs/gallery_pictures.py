"""How the gallery keeps what its scripts draw: each figure for the light pages and for the dark."""

from pathlib import Path

import matplotlib.pyplot as plt
from matplotlib.collections import Collection
from matplotlib.colors import to_rgb, to_rgba
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.text import Text

INK, PAPER = "#ced6dd", "#14181e"
"""What black and white become on a dark page."""

PAINTED = {
    Text: ("color",),
    Line2D: ("color", "markeredgecolor", "markerfacecolor"),
    Patch: ("facecolor", "edgecolor"),
    Collection: ("facecolor", "edgecolor"),
}
"""The colours of each kind of artist."""


def light_and_dark(block, block_vars, gallery_conf):
    """Save all open figures twice, and return what shows them."""
    shown = []
    for number in plt.get_fignums():
        figure = plt.figure(number)
        for scheme in ("light", "dark"):
            path = Path(next(block_vars["image_path_iterator"]))
            if scheme == "dark":
                turn_dark(figure)
            figure.savefig(path, transparent=scheme == "dark")
            shown.append(
                f".. image:: /{path.relative_to(gallery_conf['src_dir']).as_posix()}\n"
                f"   :alt: {described(figure)}\n"
                f"   :class: sphx-glr-single-img only-{scheme}\n"
            )
    plt.close("all")
    return "\n" + "\n".join(shown) + "\n"


def described(figure):
    """Titles of the axes and what lies along them."""
    words = []
    for ax in figure.axes:
        titles = [ax.get_title(place) for place in ("left", "center", "right")]
        along = " by ".join(filter(None, (ax.get_ylabel(), ax.get_xlabel())))
        words += filter(None, [*titles, along])
    return " ".join(", ".join(dict.fromkeys(words)).split())


def turn_dark(figure):
    """Let greys take their places between ink and paper; other colours stay as they are."""
    for artist in figure.findobj():
        if isinstance(artist, Text) and artist.get_bbox_patch() is not None:
            paint(artist.get_bbox_patch(), PAINTED[Patch])
        for kind, names in PAINTED.items():
            coloured_by_values = isinstance(artist, Collection) and artist.get_array() is not None
            if isinstance(artist, kind) and not coloured_by_values:
                paint(artist, names)


def paint(artist, names):
    """Turn these colours of an artist."""
    for name in names:
        colours = getattr(artist, f"get_{name}")()
        if isinstance(artist, Collection):
            turned = [turn(colour) for colour in colours]
        else:
            turned = turn(colours)
        getattr(artist, f"set_{name}")(turned)


def turn(colour):
    """Turn a colour, if it is a grey."""
    if isinstance(colour, str) and colour == "none":
        return colour
    *mixed, alpha = to_rgba(colour)
    if max(mixed) - min(mixed) > 0.01:
        return colour
    ends = zip(to_rgb(INK), to_rgb(PAPER), strict=True)
    return (*(ink + mixed[0] * (paper - ink) for ink, paper in ends), alpha)
