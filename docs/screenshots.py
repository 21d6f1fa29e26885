"""Look at the built site in a browser: pictures of some pages, and what is wrong with them.

    python docs/screenshots.py FOLDER

writes a picture of each page, and of a short run's report, at two widths, light and dark. It
fails where a page reports an error, asks another host for anything, is wider than a phone, has
code that scrolls on a desk's screen, or hinders people who use it otherwise than most (axe-core's
serious and critical violations).

Needs ``pip install playwright axe-playwright-python`` and Chromium: that of ``playwright install
chromium``, or the program that the variable CHROMIUM names.
"""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from itertools import product
from pathlib import Path
from threading import Thread

import axe_playwright_python
from playwright.sync_api import sync_playwright

SITE = Path(__file__).parent / "_build" / "html"
PAGES = {
    "landing": "index.html",
    "quickstart": "start/quickstart.html",
    "guide": "guide/stopping.html",
    "api": "api/sk_mnist_mlp.KerasMLPClassifier.html",
    "gallery": "gallery/index.html",
    "example": "gallery/tuning.html",
    "parameters": "parameters.html",
    "benchmarks": "benchmarks.html",
    "report": "report/report.html",
}
DESKTOP, PHONE = 1280, 390
AXE = next(Path(axe_playwright_python.__file__).parent.glob("**/axe.min.js"))
# What lies right of the window, and cannot be scrolled to within a box of its own.
OUT_OF_REACH = r"""() => {
    const scrolls = (box) => ["auto", "scroll"].includes(getComputedStyle(box).overflowX);
    const reached = (box) => !box.matches(".bd-article")
        && (scrolls(box) || reached(box.parentElement));
    const root = document.documentElement;
    const wide = root.scrollWidth > innerWidth ? [root] : [];
    return [...wide, ...document.querySelectorAll("main .bd-article *")]
        .filter((box) => box === root
            || box.getBoundingClientRect().right > innerWidth + 1 && !reached(box.parentElement))
        .map((box) => `out of reach: ${box.outerHTML.replace(/\s+/g, " ").slice(0, 100)}`)
        .slice(0, 1);
}"""
SCROLLING_CODE = r"""() => [...document.querySelectorAll("main pre")]
    .filter((code) => code.scrollWidth > code.clientWidth)
    .map((code) => `code scrolls: ${code.innerText.slice(0, 100)}`)
"""
# Without a preload, which asks for the style sheets' imports under wrong addresses.
VIOLATIONS = """async () => (await axe.run({preload: false})).violations
    .filter(({impact}) => ["serious", "critical"].includes(impact))
    .flatMap(({id, nodes}) => nodes.map(({html}) => `${id}: ${html.slice(0, 150)}`))
"""


@dataclass(frozen=True)
class View:
    """A page as it is looked at.

    Parameters
    ----------
    name : str
        A key of `PAGES`.
    width : int
        Of the window, in pixels.
    scheme : {"light", "dark"}
    """

    name: str
    width: int
    scheme: str

    def __str__(self) -> str:
        return f"{self.name}-{self.width}-{self.scheme}"


class Silent(SimpleHTTPRequestHandler):
    """Serves files, and says nothing of it."""

    def log_message(self, *arguments) -> None:
        """Say nothing."""


def write_report(folder: Path) -> None:
    """Run a few of the notebook's systems and the recipes, so that there is a report to look at."""
    shutil.rmtree(folder, ignore_errors=True)  # of an earlier run
    command = [sys.executable, "-m", "sk_mnist_mlp", "reproduce", "--data", "digits"]
    command += ["--epochs", "2", "--only", "softmax", "--only", "batch_norm", "--recipes"]
    subprocess.run([*command, "--out", folder], check=True)


def faults_of(browser, address: str, view: View, folder: Path) -> list[str]:
    """Take the picture of a view; returns what is wrong with it."""
    faults = []
    page = browser.new_page(viewport={"width": view.width, "height": 900}, color_scheme=view.scheme)
    page.on("console", lambda said: said.type == "error" and faults.append(f"console: {said.text}"))
    page.on("pageerror", lambda error: faults.append(f"script: {error}"))
    page.on(
        "request",
        lambda request: (
            request.url.startswith((address, "data:", "blob:"))
            or faults.append(f"asks elsewhere: {request.url}")
        ),
    )
    page.on("response", lambda got: got.status >= 400 and faults.append(f"{got.status}: {got.url}"))
    page.goto(f"{address}/{PAGES[view.name]}", wait_until="networkidle")
    page.screenshot(path=folder / f"{view}.png", full_page=view.name != "api")
    faults += page.evaluate(OUT_OF_REACH)
    if view.width == DESKTOP:
        faults += page.evaluate(SCROLLING_CODE)
    page.add_script_tag(path=AXE)
    faults += page.evaluate(VIOLATIONS)
    page.close()
    return faults


def main(folder: Path) -> int:
    """Look at every view; returns how many faults there are."""
    folder.mkdir(parents=True, exist_ok=True)
    write_report(SITE / "report")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Silent, directory=SITE))
    Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}"
    n_faults = 0
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM"), args=["--no-sandbox"]
        )
        for view in (View(*parts) for parts in product(PAGES, (DESKTOP, PHONE), ("light", "dark"))):
            for fault in faults_of(browser, address, view, folder):
                print(f"{view}: {fault}")
                n_faults += 1
        browser.close()
    return n_faults


if __name__ == "__main__":
    sys.exit(min(1, main(Path(sys.argv[1]))))
