// Part of one module with preview.js and preview_table.js.

// One user whole, below the table: the PUT held against what the target holds, and the story of each change.
class UserDrawer extends Drawer {
  constructor(send, onClose) {
    super("One user", "The user's PUT, and why", onClose);
    this.send = send;
    this.user = null;
  }

  open(user) {
    this.asked = user;
    this.send({ type: "look", user_id: user });
  }

  // ticks and edits change what would be sent
  refresh() {
    if (!this.el.hidden) this.send({ type: "look", user_id: this.user });
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
    this.reveal();
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
