// What the panels share: elements whose content is text, never markup, and a list of rows drawn a page at a time.
// No state is kept here but where the reader is. One module with the panel's own part, which has a `draw`.

const bdi = (words) => element("bdi", { textContent: words });

// a choice between counted values; the first shows all
class Choice {
  constructor(label, all, ask) {
    this.all = all;
    this.values = [null];
    this.el = element("select", { ariaLabel: label });
    this.el.addEventListener("change", () => ask(this.values[this.el.selectedIndex]));
  }

  show(counted, chosen) {
    this.values = [null, ...counted.map(([value]) => value)];
    const labels = [this.all, ...counted.map(([value, many]) => `${value.replaceAll("_", " ")} (${number(many)})`)];
    this.el.replaceChildren(...labels.map((textContent) => element("option", { textContent })));
    this.el.selectedIndex = this.values.indexOf(chosen);
    this.el.classList.toggle("chosen", chosen !== null);
  }
}

// the page turned to, of how many rows
class Pager {
  constructor(ask) {
    this.words = element("span", {});
    this.back = button("Previous", () => ask(Math.max(0, this.start - this.size)));
    this.on = button("Next", () => ask(this.start + this.size));
    this.el = element("div", { className: "toolbar pager" }, this.back, this.on, this.words);
  }

  show(start, size, total) {
    Object.assign(this, { start, size });
    this.back.disabled = start === 0;
    this.on.disabled = start + size >= total;
    this.el.hidden = total <= size && start === 0;
    this.words.textContent = `${number(Math.min(start + 1, total))} to ${number(Math.min(start + size, total))} of ${number(total)}`;
  }
}

// rows of cells; a cell is text or an element
function table(caption, heads, rows, classes = "") {
  const head = element("tr", {}, ...heads.map((textContent) => element("th", { scope: "col", textContent })));
  const lines = rows.map(({ cells, className = "" }) =>
    element("tr", { className }, ...cells.map((cell) => element("td", {}, typeof cell === "string" ? bdi(cell) : cell))));
  return element("table", { className: `rows ${classes}` },
    element("caption", { textContent: caption }), element("thead", {}, head), element("tbody", {}, ...lines));
}

// what has the focus may be drawn anew, so it goes by a name
const focusable = (made, name) => {
  made.dataset.focus = name;
  return made;
};

const focusName = (root) => focused(root)?.dataset.focus;

function focusOn(root, name) {
  const named = [...root.querySelectorAll("[data-focus]")].find((each) => each.dataset.focus === name);
  named?.focus({ preventScroll: true });
  return named !== undefined;
}

// the focus stays on what was clicked while everything around it is drawn anew, unless that took it elsewhere
function keepFocus(root, redraw) {
  const name = root.contains(focused(root)) ? focusName(root) : undefined;
  redraw();
  if (name !== undefined && !root.contains(focused(root))) focusOn(root, name);
}

// code that repeats what was done, to be copied
class Code {
  constructor() {
    this.pre = element("pre", { dir: "ltr", tabIndex: 0, role: "group", ariaLabel: "Code that repeats this" });
    this.el = element("details", { className: "code" }, element("summary", { textContent: "Code" }), this.pre);
  }

  show(code) {
    this.el.hidden = !code;
    this.pre.textContent = code;
  }
}

function startPanel(Panel) {
  return ({ model, el }) => {
    const send = (message) => model.send(message);
    const panel = new Panel(send);
    const note = element("div", { className: "note", role: "status" });
    const root = element("div", { className: "scimrecon-preview scimrecon-panel", "data-lm-suppress-shortcuts": "true" }, panel.el, note);
    el.append(root);
    const listen = (message) => {
      if (message.type === "error") note.textContent = message.text;
      else if (message.type === "state") keepFocus(root, () => panel.show(message));
      else panel[message.type]?.(message);
    };
    model.on("msg:custom", listen);
    root.addEventListener("click", () => { note.textContent = ""; }, { capture: true });
    send({ type: "ready" });
    return () => model.off("msg:custom", listen);
  };
}
