// What every widget of ours draws with. What comes from data goes in as text (textContent), never as markup.

const ROW_PX = 28;
const VISIBLE_ROWS = 14;
const BLOCK_ROWS = 100;
const MAX_SCROLL_PX = 8_000_000; // browsers cap an element's height; beyond this the scroll bar is proportional
const MAX_KEPT_ROWS = 20_000;
const SEARCH_DELAY_MS = 250;

let grids = 0;

function element(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name in made) made[name] = value;
    else made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}

const number = (value) => value.toLocaleString("en");
const plural = (value, word) => `${number(value)} ${word}${value === 1 ? "" : "s"}`;

const button = (label, act) => {
  const made = element("button", { type: "button", textContent: label });
  made.addEventListener("click", act);
  return made;
};

const focused = (root) => root.getRootNode().activeElement;

// a search field that asks once the reader stops typing
function searchField(placeholder, ariaLabel, ask) {
  const field = element("input", { type: "search", placeholder, ariaLabel });
  field.addEventListener("input", () => {
    clearTimeout(field.timer);
    field.timer = setTimeout(() => ask(field.value), SEARCH_DELAY_MS);
  });
  return field;
}

// a search field and all else that says which rows are shown: asked for together, so that neither forgets the other
class Query {
  constructor(send, query, placeholder, ariaLabel) {
    this.send = send;
    this.held = query;
    this.field = searchField(placeholder, ariaLabel, () => this.ask({}));
  }

  ask(change) {
    clearTimeout(this.field.timer);
    this.held = { ...this.held, search: this.field.value, ...change };
    this.field.value = this.held.search;
    this.send(this.held);
  }

  show(query) {
    this.held = query;
    if (focused(this.field) !== this.field) this.field.value = query.search;
  }
}

function text(cell, words) {
  cell.replaceChildren(element("bdi", { textContent: words }));
}

function value(cell, tag, words, missing) {
  const shown = words
    ? element(tag, {}, element("bdi", { textContent: words }))
    : element("span", { className: "missing", textContent: missing });
  cell.replaceChildren(shown);
}

// a box below everything else: its head, and a body that scrolls; Escape closes it
class Drawer {
  constructor(label, bodyLabel, onClose) {
    this.title = element("h3", {});
    this.body = element("div", { className: "drawer-body", tabIndex: 0, role: "group", ariaLabel: bodyLabel });
    const head = element("div", { className: "drawer-head" }, this.title, button("Close", () => this.close()));
    this.el = element("section", { className: "drawer", hidden: true, ariaLabel: label }, head, this.body);
    this.onClose = onClose;
    this.el.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      this.close();
    });
  }

  close() {
    this.el.hidden = true;
    this.onClose();
  }

  reveal() {
    this.el.hidden = false;
    this.body.scrollTop = 0;
    this.body.focus();
  }
}
