// Tables that scripts show scroll sideways on a phone: let the keyboard reach them.
for (const output of document.querySelectorAll(".output_subarea")) {
  output.tabIndex = 0;
}
