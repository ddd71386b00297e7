// Part of one module with preview.js and preview_table.js.

// One user whole, below the table: the PUT held against what the target holds, and the story of each change.
class Drawer {
  constructor(send, close) {
    this.send = send;
    this.user = null;
    this.title = element("h3", {});
    this.body = element("div", { className: "drawer-body", tabIndex: 0, role: "group", ariaLabel: "The user's PUT, and why" });
    const head = element("div", { className: "drawer-head" }, this.title, button("Close", () => this.close()));
    this.el = element("section", { className: "drawer", hidden: true, ariaLabel: "One user" }, head, this.body);
    this.onClose = close;
    this.el.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      this.close();
    });
  }

  open(user) {
    this.asked = user;
    this.send({ type: "look", user_id: user });
  }

  // ticks and edits change what would be sent
  refresh() {
    if (!this.el.hidden) this.send({ type: "look", user_id: this.user });
  }

  close() {
    this.el.hidden = true;
    this.onClose();
  }

  show({ user_id: user, headline, lines, stays, left_out: leftOut, stories }) {
    this.user = user;
    this.title.replaceChildren(element("bdi", { textContent: headline }));
    const code = element("pre", { dir: "ltr" }, ...lines.map(drawLine));
    const facts = [["Stays as it is", stays], ["Never sent by a client", leftOut]].filter(([, words]) => words);
    const listed = element("dl", {}, ...facts.flatMap(([name, words]) => [element("dt", { textContent: name }), element("dd", { textContent: words })]));
    this.body.replaceChildren(listed, code, ...stories.map(drawStory));
    if (this.asked !== user) return;
    this.asked = null;
    this.el.hidden = false;
    this.body.scrollTop = 0;
    this.body.focus();
  }
}

function drawLine({ mark, text: words }) {
  const line = `${mark} ${words}\n`;
  if (mark === " ") return line;
  return element(mark === "+" ? "ins" : "del", { textContent: line });
}

function drawStory({ path, ticked, steps }) {
  const rows = steps.map(([name, words]) => element("tr", {}, element("th", { scope: "row", textContent: name }), element("td", {}, element("bdi", { textContent: words }))));
  const caption = element("caption", {}, element("bdi", { textContent: path }), ticked ? " (ticked)" : "");
  return element("table", {}, caption, element("tbody", {}, ...rows));
}
