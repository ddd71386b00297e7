// The table of the preview: the rows in view, the keys, the editor. One module with preview.js and preview_drawer.js.

class Table {
  constructor(send, toolbar) {
    this.send = send;
    this.toolbar = toolbar;
    this.by = null;
    this.columns = CHANGES;
    this.name = `scimrecon-${++views}`;
    this.rows = new Map();
    this.asked = new Set();
    this.total = 0;
    this.version = -1;
    this.order = -1;
    this.active = { row: 0, column: 1 };
    this.heads = CHANGES.map((column, at) => this.head(at));
    this.pool = Array.from({ length: VISIBLE_ROWS + 1 }, (_, at) => this.line(at));
    this.body = element("div", { className: "body", role: "rowgroup" }, ...this.pool.map((line) => line.el));
    const header = element("div", { className: "row header", role: "row", ariaRowIndex: "1" }, ...this.heads);
    this.frame = element("div", { className: "frame", role: "presentation" }, element("div", { role: "rowgroup" }, header), this.body);
    this.spacer = element("div", { role: "presentation" }, this.frame);
    this.grid = element("div", {
      className: "grid", role: "grid", tabIndex: 0, ariaLabel: "Changes", ariaMultiSelectable: "true", ariaColCount: String(CHANGES.length),
    }, this.spacer);
    this.empty = element("div", { className: "empty", textContent: "No change fits the search and filters." });
    this.note = element("div", { className: "note", role: "status" });
    this.el = element("div", { className: "table" }, this.grid, this.empty, this.note);
    this.relabel(null);
    this.listen();
  }

  head(at) {
    const head = element("div", { role: "columnheader", id: `${this.name}-head-${at}`, ariaColIndex: String(at + 1) });
    head.addEventListener("click", () => this.columns[at].sort && this.toolbar.sortBy(this.columns[at].sort));
    return head;
  }

  // the same cells show changes, or groups of them
  relabel(by) {
    this.by = by;
    this.columns = VIEWS.find((view) => view.by === by).columns;
    this.grid.classList.toggle("grouped", by !== null);
    this.grid.ariaLabel = by === null ? "Changes" : `Changes by ${by === "path" ? "attribute" : by}`;
    this.columns.forEach(({ key, label, sort }, at) => {
      this.heads[at].className = `cell ${key}${sort ? " sortable" : ""}`;
      this.heads[at].textContent = label;
      this.heads[at].title = sort ? `Sort by ${label.toLowerCase()}` : "";
      for (const line of this.pool) line.cells[at].className = `cell ${key}`;
    });
    for (const line of this.pool) {
      line.row = null;
      line.el.title = "";
      for (const cell of line.cells) cell.title = "";
    }
  }

  line(at) {
    const cells = CHANGES.map((_, index) =>
      element("div", { role: "gridcell", id: `${this.name}-${at}-${index}`, ariaColIndex: String(index + 1) }));
    const box = element("input", { type: "checkbox", tabIndex: -1 });
    cells[0].append(box);
    const el = element("div", { className: "row", role: "row" }, ...cells);
    const line = { el, cells, box, row: null, at: null };
    box.addEventListener("mousedown", (event) => event.preventDefault()); // the focus belongs to the grid
    box.addEventListener("click", (event) => {
      event.preventDefault(); // Python decides what is ticked; its answer sets the box
      event.stopPropagation();
      this.grid.focus({ preventScroll: true });
      this.activate(line.at, 0);
      this.toggle(line.row);
    });
    cells.forEach((cell, index) => cell.addEventListener("click", () => line.row && this.activate(line.at, index)));
    cells.slice(1).forEach((cell, index) =>
      cell.addEventListener("dblclick", () => line.row && (this.by !== null || index + 1 === AFTER) && this.enter()));
    return line;
  }

  listen() {
    this.grid.addEventListener("scroll", () => this.draw());
    this.grid.addEventListener("keydown", (event) => this.onKey(event));
    this.grid.addEventListener("focus", () => this.say());
  }

  // Python's word on everything, with the rows in view
  show(state) {
    if (state.version < this.version) return;
    const reordered = state.order !== this.order;
    this.version = state.version;
    this.order = state.order;
    this.total = state.counts.rows;
    if (reordered) this.rows.clear();
    if (state.query.by !== this.by) this.relabel(state.query.by);
    this.asked.clear();
    this.keep(state.window);
    const shown = Math.min(VISIBLE_ROWS, Math.max(3, this.by === null ? state.counts.changes : this.total));
    this.grid.style.height = `${(shown + 1) * ROW_PX + 2}px`;
    this.frame.style.height = `${(shown + 1) * ROW_PX}px`;
    this.spacer.style.height = `${this.scrollHeight() + ROW_PX}px`;
    this.grid.ariaRowCount = String(this.total + 1);
    this.empty.hidden = this.total > 0;
    this.heads.forEach((head, at) => {
      const sorted = this.columns[at].sort && this.columns[at].sort === state.query.sort;
      head.ariaSort = sorted ? (state.query.descending ? "descending" : "ascending") : "none";
    });
    if (reordered) {
      this.grid.scrollTop = 0;
      this.active.row = 0;
    }
    if (this.editor?.sent) this.endEdit();
    this.draw();
    this.say();
  }

  // what Python would not do; an editor stays open so that nothing typed is lost
  refuse({ text: reason }) {
    if (this.editor) this.editor.sent = false;
    this.say(reason);
  }

  showWindow({ version, window }) {
    if (version !== this.version) return;
    this.keep(window);
    this.draw();
  }

  keep({ start, rows }) {
    if (this.rows.size > MAX_KEPT_ROWS) {
      this.rows.clear();
      this.asked.clear();
    }
    rows.forEach((row, at) => this.rows.set(start + at, { ...row, version: this.version }));
  }

  scrollHeight() {
    return Math.min(this.total * ROW_PX, MAX_SCROLL_PX);
  }

  visibleRows() {
    return Math.max(1, this.grid.clientHeight / ROW_PX - 1);
  }

  firstRow() {
    const hidden = this.scrollHeight() - this.visibleRows() * ROW_PX;
    return hidden <= 0 ? 0 : Math.min(1, this.grid.scrollTop / hidden) * Math.max(0, this.total - this.visibleRows());
  }

  scrollTo(row) {
    const visible = Math.floor(this.visibleRows());
    const first = this.firstRow();
    const wanted = row < first ? row : row > first + visible - 1 ? row - visible + 1 : first;
    if (wanted === first) return;
    const hidden = this.scrollHeight() - this.visibleRows() * ROW_PX;
    this.grid.scrollTop = Math.ceil((wanted / Math.max(1, this.total - this.visibleRows())) * hidden);
  }

  draw() {
    const first = this.firstRow();
    const top = Math.floor(first);
    this.body.style.transform = `translateY(${-Math.round((first - top) * ROW_PX)}px)`;
    this.pool.forEach((line, at) => this.fill(line, top + at));
    this.request(top, Math.min(this.total, top + this.pool.length));
    this.heads.forEach((head, index) => head.classList.toggle("active", this.active.row === -1 && index === this.active.column));
    const cells = this.active.row === -1 ? this.heads : this.pool.find((line) => line.at === this.active.row && line.row)?.cells;
    if (cells) this.grid.setAttribute("aria-activedescendant", cells[this.active.column].id);
    else this.grid.removeAttribute("aria-activedescendant");
    this.placeEditor();
  }

  request(from, to) {
    const missing = [];
    for (let row = from; row < to; row++) if (this.rows.get(row)?.version !== this.version) missing.push(row);
    const blocks = new Set(missing.map((row) => Math.floor(row / BLOCK_ROWS)));
    for (const block of blocks) {
      if (this.asked.has(block)) continue;
      this.asked.add(block);
      this.send({ type: "window", start: block * BLOCK_ROWS, count: BLOCK_ROWS });
    }
  }

  fill(line, at) {
    const row = at < this.total ? this.rows.get(at) : undefined;
    line.el.hidden = at >= this.total;
    line.at = at;
    line.el.ariaRowIndex = String(at + 2);
    line.el.classList.toggle("odd", at % 2 === 1);
    line.el.classList.toggle("active", at === this.active.row);
    line.cells.forEach((cell, index) => cell.classList.toggle("active", at === this.active.row && index === this.active.column));
    if (line.row === row && row) return;
    line.row = row ?? null;
    line.el.ariaBusy = String(!row);
    line.box.hidden = !row;
    if (!row) {
      line.cells.slice(1).forEach((cell) => cell.replaceChildren());
      return;
    }
    if (this.by === null) this.write(line, row);
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

  write(line, row) {
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

  activate(row, column) {
    this.active = { row, column };
    this.draw();
    this.say();
  }

  move(rows, columns) {
    const row = Math.max(-1, Math.min(this.total - 1, this.active.row + rows)); // -1 is the header
    const column = Math.max(0, Math.min(CHANGES.length - 1, this.active.column + columns));
    this.active = { row, column };
    this.scrollTo(row);
    this.scrollAcross(this.heads[column]);
    this.draw();
    this.say();
  }

  // a narrow cell of the notebook shows some of the columns
  scrollAcross({ offsetLeft: left, offsetWidth: width }) {
    const { scrollLeft, clientWidth } = this.grid;
    if (left < scrollLeft) this.grid.scrollLeft = left;
    else if (left + width > scrollLeft + clientWidth) this.grid.scrollLeft = left + width - clientWidth;
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
    else if (row) this.toolbar.ask({ [this.by]: row.id, by: null, sort: null, descending: false });
  }

  onKey(event) {
    if (event.target !== this.grid || event.altKey) return;
    const letter = event.ctrlKey || event.metaKey ? event.key.toLowerCase() : "";
    if (letter === "z" || letter === "y") {
      event.preventDefault();
      this.send({ type: letter === "y" || event.shiftKey ? "redo" : "undo" });
      return;
    }
    if (event.metaKey) return;
    const head = this.active.row === -1 ? this.heads[this.active.column] : null;
    const page = Math.floor(this.visibleRows());
    const actions = {
      ArrowDown: () => this.move(1, 0),
      ArrowUp: () => this.move(-1, 0),
      ArrowRight: () => this.move(0, 1),
      ArrowLeft: () => this.move(0, -1),
      PageDown: () => this.move(page, 0),
      PageUp: () => this.move(-page, 0),
      Home: () => (event.ctrlKey ? this.move(-this.total, -CHANGES.length) : this.move(0, -CHANGES.length)),
      End: () => (event.ctrlKey ? this.move(this.total, CHANGES.length) : this.move(0, CHANGES.length)),
      " ": () => (head ? head.click() : this.toggle(this.rows.get(this.active.row))),
      Enter: () => (head ? head.click() : this.enter()),
      Escape: () => this.leave(),
      i: () => this.look(),
    };
    const act = actions[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  }

  // JupyterLab's own keys work again once the cell around the widget has the focus
  leave() {
    this.grid.blur();
    this.el.closest("[tabindex]")?.focus({ preventScroll: true });
  }

  startEdit() {
    const row = this.rows.get(this.active.row);
    if (!row || this.editor) return;
    if (row.editable) this.send({ type: "value", change_id: row.id }); // what is drawn may be cut, or spelled out
    else this.say(row.why);
  }

  openEditor({ change_id: id, value: full }) {
    const line = this.pool.find((each) => each.row?.id === id);
    if (!line || this.editor) return;
    const area = element("textarea", { value: full ?? "", rows: 1, ariaLabel: `After: ${line.row.path} of ${line.row.user}` });
    this.editor = { id, area, started: area.value, sent: false };
    area.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.endEdit();
      else if (event.key === "Enter" && !event.shiftKey) this.commit();
      else return;
      event.preventDefault();
      event.stopPropagation();
    });
    area.addEventListener("blur", () => this.editor?.area === area && this.commit());
    this.body.append(area);
    this.placeEditor();
    area.focus({ preventScroll: true });
    area.select();
    this.say("Enter keeps the value (empty clears the attribute), Escape leaves it as it was.");
  }

  // the editor lies over its cell, because rows are drawn anew while it is open
  placeEditor() {
    if (!this.editor) return;
    const line = this.pool.find((each) => each.row?.id === this.editor.id && !each.el.hidden);
    const cell = line?.cells[AFTER];
    Object.assign(this.editor.area.style, cell
      ? { visibility: "visible", top: `${line.el.offsetTop}px`, left: `${cell.offsetLeft}px`, width: `${cell.offsetWidth}px` }
      : { visibility: "hidden" });
  }

  commit() {
    const { id, area, started, sent } = this.editor;
    if (sent) return;
    if (area.value === started) return this.endEdit();
    this.editor.sent = true;
    this.send({ type: "edit", change_id: id, value: area.value });
  }

  endEdit() {
    const { area } = this.editor;
    const focused = area.getRootNode().activeElement === area;
    this.editor = null;
    area.remove();
    if (focused) this.grid.focus({ preventScroll: true });
    this.say();
  }

  // one line under the table: an error, or why the active row is as it is
  say(words) {
    const row = this.rows.get(this.active.row);
    const focused = this.grid.getRootNode().activeElement === this.grid;
    this.note.textContent = words ?? (focused && row ? (row.why ?? row.unusual) : "");
  }
}
