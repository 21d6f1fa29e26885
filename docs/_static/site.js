// Tables that scripts show scroll sideways on a phone: let the keyboard reach them.
for (const output of document.querySelectorAll(".output_subarea")) {
  output.tabIndex = 0;
}

// Tables of sentences, unlike those of numbers, are stacked on a phone (site.css): name the columns.
const SENTENCE = 50; // characters
for (const table of document.querySelectorAll(".bd-article table.table")) {
  const columns = [...table.querySelectorAll("thead th")].map((head) => head.textContent);
  const cells = [...table.querySelectorAll("tbody td")];
  if (cells.some((cell) => cell.textContent.length > SENTENCE)) {
    table.classList.add("sentences");
    cells.forEach((cell) => (cell.dataset.column = columns[cell.cellIndex]));
  }
}

// Long names in tables and sidebars break after their parts.
const LONG = 18; // characters
for (const name of document.querySelectorAll(":is(td, .bd-sidebar-secondary) code .pre")) {
  if (name.textContent.length > LONG) {
    name.innerHTML = name.innerHTML.replace(/_|::|\/|\./g, "$&<wbr>");
  }
}
