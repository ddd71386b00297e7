// The table of the cleanup: a column's values, or its clusters. One module with dom.js, grid.js and cleanup.js.

class ValueTable extends Grid {
  constructor(send, chooser) {
    super(send, chooser, { width: VALUES.length, label: "Values", empty: "No value fits." });
    this.editColumn = VALUE;
    this.shape("values");
  }

  // show values, or clusters of them
  shape(view) {
    this.view = view;
    this.grid.classList.toggle("clusters", view === "clusters");
    this.relabel(view === "clusters" ? CLUSTERS : VALUES, view === "clusters" ? "Clusters" : "Values");
    this.empty.textContent = view === "clusters" ? "No clusters: choose how to find them above." : "No value fits.";
  }

  show(state) {
    if (state.query.view !== this.view) this.shape(state.query.view);
    super.show(state, this.view === "clusters" ? state.counts.rows : state.counts.values);
  }

  write(line, row) {
    line.box.checked = row.ticked;
    line.box.ariaLabel = row.value || "empty";
    line.el.ariaSelected = String(row.ticked);
    line.el.classList.toggle("ticked", row.ticked);
    this.columns.slice(1).forEach(({ key }, at) => {
      const cell = line.cells[at + 1];
      text(cell, typeof row[key] === "number" ? number(row[key]) : row[key]);
      cell.title = cell.textContent;
    });
  }

  toggle(row) {
    if (row) this.send({ type: row.ticked ? "untick" : "tick", ids: [row.id] });
  }

  enter() {
    const row = this.rows.get(this.active.row);
    if (row && !this.editor) this.send({ type: "value", id: row.id }); // what is drawn may be cut, or spelled out
  }

  entered() {
    return true;
  }

  keys() {
    return { i: () => this.open() };
  }

  // a cluster's values, one by one
  open() {
    const row = this.rows.get(this.active.row);
    if (row && this.view === "clusters") this.toolbar.query.ask({ view: "values", search: "", cluster: row.id, sort: null });
  }

  editLabel(row) {
    return this.view === "clusters" ? `Spelling for ${row.was}` : `New value for ${row.value}`;
  }

  editHint() {
    const empty = this.view === "clusters" ? "" : " (empty blanks its cells)";
    return `Enter keeps what you typed${empty}, Escape leaves it as it was.`;
  }

  sendEdit(id, value) {
    this.send({ type: "edit", id, value });
  }

  told(row) {
    return this.view === "clusters" ? "Space ticks, Enter edits the spelling, i shows its values one by one." : row.look;
  }
}
