// A grid of rows that Python sends window by window: scrolling, the keys, the active cell, an editor over a cell.
//
// What the cells show and what acting on a row means is for whoever extends it. Everything that comes from data goes in as text.

class Grid {
  // a grid of so many columns; `toolbar` sorts
  constructor(send, toolbar, { width, label, empty }) {
    this.send = send;
    this.toolbar = toolbar;
    this.width = width;
    this.columns = [];
    this.name = `scimrecon-${++grids}`;
    this.rows = new Map();
    this.asked = new Set();
    this.total = 0;
    this.version = -1;
    this.order = -1;
    this.active = { row: 0, column: 1 };
    this.heads = Array.from({ length: width }, (_, at) => this.head(at));
    this.pool = Array.from({ length: VISIBLE_ROWS + 1 }, (_, at) => this.line(at));
    this.body = element("div", { className: "body", role: "rowgroup" }, ...this.pool.map((line) => line.el));
    const header = element("div", { className: "row header", role: "row", ariaRowIndex: "1" }, ...this.heads);
    this.frame = element("div", { className: "frame", role: "presentation" }, element("div", { role: "rowgroup" }, header), this.body);
    this.spacer = element("div", { role: "presentation" }, this.frame);
    this.grid = element("div", {
      className: "grid", role: "grid", tabIndex: 0, ariaLabel: label, ariaMultiSelectable: "true", ariaColCount: String(width),
    }, this.spacer);
    this.empty = element("div", { className: "empty", textContent: empty });
    this.note = element("div", { className: "note", role: "status" });
    this.el = element("div", { className: "table" }, this.grid, this.empty, this.note);
    this.listen();
  }

  head(at) {
    const head = element("div", { role: "columnheader", id: `${this.name}-head-${at}`, ariaColIndex: String(at + 1) });
    head.addEventListener("click", () => this.columns[at].sort && this.toolbar.sortBy(this.columns[at].sort));
    return head;
  }

  // the same cells show rows of several kinds
  relabel(columns, label) {
    this.columns = columns;
    this.grid.ariaLabel = label;
    columns.forEach(({ key, label: name, sort }, at) => {
      this.heads[at].className = `cell ${key}${sort ? " sortable" : ""}`;
      this.heads[at].textContent = name;
      this.heads[at].title = sort ? `Sort by ${name.toLowerCase()}` : "";
      for (const line of this.pool) line.cells[at].className = `cell ${key}`;
    });
    for (const line of this.pool) {
      line.row = null;
      line.el.title = "";
      for (const cell of line.cells) cell.title = "";
    }
  }

  line(at) {
    const cells = Array.from({ length: this.width }, (_, index) =>
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
      cell.addEventListener("dblclick", () => line.row && this.entered(index + 1) && this.enter()));
    return line;
  }

  listen() {
    this.grid.addEventListener("scroll", () => this.draw());
    this.grid.addEventListener("keydown", (event) => this.onKey(event));
    this.grid.addEventListener("focus", () => this.say());
  }

  // Python's word on everything, with the rows in view; `least` rows keep their place though fewer are shown
  show(state, least) {
    const reordered = state.order !== this.order;
    this.version = state.version;
    this.order = state.order;
    this.total = state.counts.rows;
    if (reordered) this.rows.clear();
    this.asked.clear();
    this.keep(state.window);
    const shown = Math.min(VISIBLE_ROWS, Math.max(3, least));
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
    this.write(line, row);
  }

  activate(row, column) {
    this.active = { row, column };
    this.draw();
    this.say();
  }

  move(rows, columns) {
    const row = Math.max(-1, Math.min(this.total - 1, this.active.row + rows)); // -1 is the header
    const column = Math.max(0, Math.min(this.width - 1, this.active.column + columns));
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
      Home: () => (event.ctrlKey ? this.move(-this.total, -this.width) : this.move(0, -this.width)),
      End: () => (event.ctrlKey ? this.move(this.total, this.width) : this.move(0, this.width)),
      " ": () => (head ? head.click() : this.toggle(this.rows.get(this.active.row))),
      Enter: () => (head ? head.click() : this.enter()),
      Escape: () => this.leave(),
      ...this.keys(),
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

  // over a cell of the column in which rows are edited
  openEditor({ id, value: full }) {
    const line = this.pool.find((each) => each.row?.id === id);
    if (!line || this.editor) return;
    const area = element("textarea", { value: full ?? "", rows: 1, ariaLabel: this.editLabel(line.row) });
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
    this.say(this.editHint());
  }

  // the editor lies over its cell, because rows are drawn anew while it is open
  placeEditor() {
    if (!this.editor) return;
    const line = this.pool.find((each) => each.row?.id === this.editor.id && !each.el.hidden);
    const cell = line?.cells[this.editColumn];
    Object.assign(this.editor.area.style, cell
      ? { visibility: "visible", top: `${line.el.offsetTop}px`, left: `${cell.offsetLeft}px`, width: `${cell.offsetWidth}px` }
      : { visibility: "hidden" });
  }

  commit() {
    const { id, area, started, sent } = this.editor;
    if (sent) return;
    if (area.value === started) return this.endEdit();
    this.editor.sent = true;
    this.sendEdit(id, area.value);
  }

  endEdit() {
    const { area } = this.editor;
    const focused = area.getRootNode().activeElement === area;
    this.editor = null;
    area.remove();
    if (focused) this.grid.focus({ preventScroll: true });
    this.say();
  }

  // one line under the table: an error, or what is to be said of the active row
  say(words) {
    const row = this.rows.get(this.active.row);
    const focused = this.grid.getRootNode().activeElement === this.grid;
    this.note.textContent = words ?? (focused && row ? this.told(row) : "");
  }
}
