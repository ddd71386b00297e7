// The table of the preview: changes, or groups of them. One module with dom.js, grid.js, preview.js and preview_drawer.js.

class Table extends Grid {
  constructor(send, toolbar) {
    super(send, toolbar, { width: CHANGES.length, label: "Changes", empty: "No change fits the search and filters." });
    this.editColumn = AFTER;
    this.group(null);
  }

  // show changes, or groups of them
  group(by) {
    this.by = by;
    this.grid.classList.toggle("grouped", by !== null);
    const label = by === null ? "Changes" : `Changes by ${by === "path" ? "attribute" : by}`;
    this.relabel(VIEWS.find((view) => view.by === by).columns, label);
  }

  show(state) {
    if (state.version < this.version) return;
    if (state.query.by !== this.by) this.group(state.query.by);
    super.show(state, this.by === null ? state.counts.changes : state.counts.rows);
  }

  write(line, row) {
    if (this.by === null) this.writeChange(line, row);
    else this.writeGroup(line, row);
  }

  writeGroup(line, row) {
    line.box.checked = row.tickable > 0 && row.ticked === row.tickable;
    line.box.indeterminate = row.ticked > 0 && row.ticked < row.tickable;
    line.box.disabled = row.tickable === 0;
    line.box.ariaLabel = `The ${plural(row.tickable, "change")} of ${row.group} that can be ticked`;
    line.el.ariaSelected = row.tickable > 0 ? String(line.box.checked) : null;
    line.el.classList.toggle("ticked", row.ticked > 0);
    line.el.classList.toggle("barred", row.tickable === 0);
    this.columns.slice(1).forEach(({ key }, at) => {
      const cell = line.cells[at + 1];
      text(cell, typeof row[key] === "number" ? number(row[key]) : row[key]);
      cell.title = cell.textContent;
    });
  }

  writeChange(line, row) {
    line.box.indeterminate = false;
    const [, user, path, before, after, kind, status, why] = line.cells;
    line.box.checked = row.ticked;
    line.box.disabled = !row.tickable;
    line.box.ariaLabel = `${row.path} of ${row.user}`;
    line.el.ariaSelected = row.tickable ? String(row.ticked) : null;
    line.el.classList.toggle("ticked", row.ticked);
    line.el.classList.toggle("barred", !row.tickable);
    text(user, row.user);
    text(path, row.path);
    value(before, "del", row.before, "none");
    value(after, "ins", row.after, row.after === "" ? "cleared" : "none");
    text(kind, row.kind.replaceAll("_", " "));
    text(status, [row.status, row.flags].filter(Boolean).join(" · "));
    text(why, row.why);
    line.el.title = row.why; // where a row cannot be ticked the reason is what a reader points at it for
    for (const cell of line.cells.slice(1)) {
      if (row.why) cell.removeAttribute("title");
      else cell.title = cell.textContent;
    }
    if (row.edited) after.title = `${row.after}\nedited; the export says: ${row.was ?? "nothing"}`;
  }

  toggle(row) {
    if (!row) return;
    if (this.by !== null) this.toggleGroup(row);
    else if (row.tickable) this.send({ type: row.ticked ? "untick" : "tick", ids: [row.id] });
    else this.say(row.why);
  }

  toggleGroup(row) {
    if (row.tickable === 0) this.say("No change of this group can be ticked; Enter shows them, each with its problem.");
    else this.send({ type: row.ticked < row.tickable ? "tick_group" : "untick_group", by: this.by, value: row.id });
  }

  look() {
    const row = this.rows.get(this.active.row);
    if (!row) return;
    if (this.by === null) this.drawer.open(row.user_id);
    else if (this.by === "user") this.drawer.open(row.id);
    else this.say("Enter shows the changes of this group; i on one of them shows its user.");
  }

  // into a group, or into a value
  enter() {
    const row = this.rows.get(this.active.row);
    if (this.by === null) this.startEdit();
    else if (row) this.toolbar.query.ask({ [this.by]: row.id, by: null, sort: null, descending: false });
  }

  entered(column) {
    return this.by !== null || column === AFTER;
  }

  keys() {
    return { i: () => this.look() };
  }

  startEdit() {
    const row = this.rows.get(this.active.row);
    if (!row || this.editor) return;
    if (row.editable) this.send({ type: "value", change_id: row.id }); // what is drawn may be cut, or spelled out
    else this.say(row.why);
  }

  editLabel(row) {
    return `After: ${row.path} of ${row.user}`;
  }

  editHint() {
    return "Enter keeps the value (empty clears the attribute), Escape leaves it as it was.";
  }

  sendEdit(id, value) {
    this.send({ type: "edit", change_id: id, value });
  }

  told(row) {
    return row.why ?? row.unusual;
  }
}
