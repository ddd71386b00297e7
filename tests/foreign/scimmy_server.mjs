// A SCIM server by others, on loopback, with its users in memory.
// SCIMMY's: all that is spoken: routes, statuses, error bodies, lists and their pages, filters, and what its schemas leave of a user.
// Ours: all that SCIMMY leaves to the application: the store, ids and times, one user a userName, who is not found, the token.
// It reads its token from SCIM_TOKEN, prints {"port": …} once it listens, and ends when its standard input does.
import { randomUUID } from "node:crypto";
import express from "express";
import SCIMMY from "scimmy";
import SCIMMYRouters from "scimmy-routers";

const users = new Map();

function find(id) {
  const user = users.get(id);
  if (!user) throw new SCIMMY.Types.Error(404, null, `There is no user ${id}`);
  return user;
}

function holdName(userName, id) {
  const wanted = userName.toLowerCase();
  for (const user of users.values())
    if (user.id !== id && user.userName.toLowerCase() === wanted)
      throw new SCIMMY.Types.Error(409, "uniqueness", `userName ${userName} is taken`);
}

function keep(resource, user) {
  const before = resource.id && find(resource.id);
  const id = before ? before.id : randomUUID();
  holdName(user.userName, id);
  const lastModified = new Date().toISOString();
  const meta = { resourceType: "User", created: before ? before.meta.created : lastModified, lastModified };
  users.set(id, { ...JSON.parse(JSON.stringify(user)), id, meta });
  return users.get(id);
}

function show(resource) {
  if (resource.id) return find(resource.id);
  const everyone = [...users.values()];
  return resource.filter ? resource.filter.match(everyone) : everyone;
}

SCIMMY.Resources.declare(SCIMMY.Resources.User).extend(SCIMMY.Schemas.EnterpriseUser, false).ingress(keep).egress(show);

const token = process.env.SCIM_TOKEN;
if (!token) throw new Error("SCIM_TOKEN is not set");

const app = express();
app.use(
  "/scim/v2",
  new SCIMMYRouters({
    type: "bearer",
    handler: (request) => {
      if (request.header("Authorization") !== `Bearer ${token}`) throw new Error("The token is not known");
    },
  }),
);
const listener = app.listen(0, "127.0.0.1", () => console.log(JSON.stringify({ port: listener.address().port })));
process.stdin.resume().on("close", () => process.exit());
