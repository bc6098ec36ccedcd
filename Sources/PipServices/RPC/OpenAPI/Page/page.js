"use strict";

// Documents and responses are data: they become text nodes and field values, never HTML.

// Helpers and the display of schemas.

const isMap = value => value !== null && typeof value === "object" && !Array.isArray(value);
const map = value => isMap(value) ? value : {};
const list = value => Array.isArray(value) ? value : [];
const text = value => typeof value === "string" ? value : value === undefined || value === null ? ""
  : typeof value === "object" ? JSON.stringify(value) : String(value);
const byId = id => document.getElementById(id);
let serial = 0;

function make(name, properties, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(properties || {})) {
    if (value === undefined || value === null || value === false) continue;
    if (key === "class") element.className = value;
    else if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children.flat().filter(child => child !== null && child !== undefined));
  return element;
}

function link(address, title) {
  let url;
  try { url = new URL(address, location.href); } catch { return document.createTextNode(title); }
  if (!["http:", "https:", "mailto:"].includes(url.protocol)) return document.createTextNode(title);
  return make("a", { href: url.href, rel: "noopener noreferrer", target: "_blank" }, title);
}

// What a reference leads to, within the document.
function resolve(api, value) {
  for (let hops = 0; hops < 20 && isMap(value) && typeof value.$ref === "string"; hops++) {
    if (!value.$ref.startsWith("#/")) return {};
    let place = api.content;
    for (const part of value.$ref.slice(2).split("/")) {
      const name = part.replace(/~1/g, "/").replace(/~0/g, "~");
      place = isMap(place) && Object.hasOwn(place, name) ? place[name] : undefined;
    }
    value = place;
  }
  return map(value);
}

// The schema with the parts of `allOf` put together.
function flatten(api, schema, depth = 0) {
  schema = resolve(api, schema);
  if (!Array.isArray(schema.allOf) || depth > 20) return schema;
  const parts = schema.allOf.map(part => flatten(api, part, depth + 1)).concat([schema]);
  const all = Object.assign({}, ...parts);
  all.properties = Object.assign({}, ...parts.map(part => map(part.properties)));
  all.required = parts.flatMap(part => list(part.required));
  return all;
}

function sample(api, schema, all, depth = 0) {
  schema = flatten(api, schema);
  if (depth > 8) return null;
  for (const key of ["example", "default"]) if (schema[key] !== undefined) return schema[key];
  if (list(schema.enum).length) return schema.enum[0];
  for (const key of ["oneOf", "anyOf"]) {
    const first = list(schema[key])[0];
    if (isMap(first) && !schema.type) return sample(api, first, all, depth + 1);
  }
  switch (schema.type || (schema.properties ? "object" : "")) {
  case "string":
    if (schema.format === "date-time") return "2026-01-31T12:00:00.000Z";
    if (schema.format === "date") return "2026-01-31";
    if (schema.format === "uuid") return "00000000-0000-0000-0000-000000000000";
    return "text";
  case "integer": case "number": {
    const least = Number(schema.minimum), most = Number(schema.maximum);
    if (Number.isFinite(least)) return schema.exclusiveMinimum === true ? least + 1 : least;
    return Number.isFinite(most) && most < 1 ? (schema.exclusiveMaximum === true ? most - 1 : most) : 1;
  }
  case "boolean": return true;
  case "array": return [sample(api, schema.items, all, depth + 1)];
  case "object": {
    const required = new Set(list(schema.required));
    const entries = Object.entries(map(schema.properties))
      .filter(([name, property]) => required.has(name) || (all && depth < 4))
      .map(([name, property]) => [name, sample(api, property, all, depth + 1)]);
    return Object.fromEntries(entries);
  }
  default: return all ? {} : null;
  }
}

function typeName(api, schema, depth = 0) {
  const reference = isMap(schema) && typeof schema.$ref === "string" ? schema.$ref.split("/").pop() : "";
  schema = flatten(api, schema);
  if (reference) return reference;
  if (schema.type === "array") return depth > 5 ? "list" : `list of ${typeName(api, schema.items, depth + 1)}`;
  if (isMap(schema.additionalProperties) && !schema.properties) {
    return depth > 5 ? "map" : `map of ${typeName(api, schema.additionalProperties, depth + 1)}`;
  }
  const name = text(schema.type) || (schema.properties ? "object" : "anything");
  return schema.format ? `${name} (${text(schema.format)})` : name;
}

// The rules of a schema, in words.
function rules(schema) {
  const words = [];
  const values = list(schema.enum).filter(value => value !== null);
  if (values.length) words.push("one of " + values.slice(0, 20).map(text).join(", ")
    + (values.length > 20 ? ", …" : ""));
  if (schema.minimum !== undefined) words.push(`${schema.exclusiveMinimum === true ? ">" : "≥"} ${text(schema.minimum)}`);
  if (schema.maximum !== undefined) words.push(`${schema.exclusiveMaximum === true ? "<" : "≤"} ${text(schema.maximum)}`);
  if (schema.pattern !== undefined) words.push(`like ${text(schema.pattern)}`);
  const not = map(schema.not);
  if (list(not.enum).length) words.push("none of " + not.enum.slice(0, 20).map(text).join(", "));
  for (const [key, word] of [["anyOf", "at least one of"], ["oneOf", "exactly one of"]]) {
    const names = list(schema[key]).flatMap(part => list(map(part).required));
    if (names.length) words.push(`${word} ${names.map(text).join(", ")}`);
  }
  if (schema.description) words.push(text(schema.description));
  return words.join("; ");
}

function schemaView(api, schema, seen = []) {
  const target = resolve(api, schema);
  const flat = flatten(api, schema);
  if (seen.includes(target) || seen.length > 12) return null;
  const path = seen.concat([target]);
  if (flat.type === "array") return schemaView(api, flat.items, path);
  if (isMap(flat.additionalProperties) && !flat.properties) {
    return schemaView(api, flat.additionalProperties, path);
  }
  const properties = Object.entries(map(flat.properties));
  if (!properties.length) return null;
  const required = new Set(list(flat.required));
  return make("ul", { class: "schema" }, properties.map(([name, property]) => {
    const words = rules(flatten(api, property));
    return make("li", {}, make("code", {}, name), " ",
      make("span", { class: "type" }, typeName(api, property)),
      required.has(name) ? make("span", { class: "need" }, " required") : null,
      words ? make("span", { class: "hint" }, ` — ${words}`) : null,
      schemaView(api, property, path));
  }));
}

// Operations: forms, calls and responses.

// Indents JSON without reading its numbers, which may be longer than a script can hold.
function indent(source) {
  let result = "", depth = 0, inText = false;
  const line = () => "\n" + "  ".repeat(depth);
  for (let i = 0; i < source.length; i++) {
    const mark = source[i];
    if (inText) {
      result += mark;
      if (mark === "\\") result += source[++i] ?? "";
      else if (mark === '"') inText = false;
    } else if (mark === '"') { inText = true; result += mark; }
    else if (mark === "{" || mark === "[") {
      const end = mark === "{" ? "}" : "]";
      let next = i + 1;
      while (/\s/.test(source[next] ?? "")) next++;
      if (source[next] === end) { result += mark + end; i = next; }
      else { depth++; result += mark + line(); }
    } else if (mark === "}" || mark === "]") { depth--; result += line() + mark; }
    else if (mark === ",") result += mark + line();
    else if (mark === ":") result += ": ";
    else if (!/\s/.test(mark)) result += mark;
  }
  return result;
}

const isJSON = source => { try { JSON.parse(source); return true; } catch { return false; } };

function readable(source, type) {
  const most = 500000;
  if (source.length > most) return source.slice(0, most) + `\n… ${source.length - most} characters more`;
  return (/json/i.test(type) || /^\s*[[{]/.test(source)) && isJSON(source) ? indent(source) : source;
}

const quoted = source => "'" + source.replace(/'/g, "'\\''") + "'";

function parameterField(api, parameter, id) {
  const schema = flatten(api, parameter.schema);
  const choices = schema.type === "boolean" ? [true, false] : list(schema.enum).filter(value => value !== null);
  const hint = [text(parameter.description), rules(schema)].filter(Boolean).join("; ");
  const common = { id, name: text(parameter.name), "aria-describedby": hint ? `${id}-hint` : null,
    "aria-required": parameter.required ? "true" : null };
  const field = choices.length
    ? make("select", common, parameter.required ? null : make("option", { value: "" }, "not sent"),
      choices.map(choice => make("option", { value: text(choice) }, text(choice))))
    : make("input", { ...common, autocomplete: "off", spellcheck: "false",
      placeholder: parameter.required ? "" : "not sent" });
  const label = make("label", { for: id }, text(parameter.name),
    parameter.required ? make("span", { class: "need" }, " required") : null,
    make("span", { class: "kind" }, `${text(parameter.in)}, ${typeName(api, parameter.schema)}`));
  return { parameter, field, row: make("div", { class: "parameter" }, label, field,
    hint ? make("p", { class: "hint", id: `${id}-hint` }, hint) : null) };
}

// The address, method, header fields and body of a call, from the fields of a form.
function request(api, operation, fields, body) {
  let path = operation.path;
  const query = new URLSearchParams();
  const headers = {};
  for (const { parameter, field } of fields) {
    const value = field.value;
    if (value === "") {
      if (parameter.required) { field.focus(); throw new Error(`${text(parameter.name)} is required`); }
      continue;
    }
    if (parameter.in === "path") path = path.split(`{${parameter.name}}`).join(encodeURIComponent(value));
    else if (parameter.in === "query") query.append(parameter.name, value);
    else if (parameter.in === "header") headers[parameter.name] = value;
  }
  const token = byId("authorization").value.trim();
  if (token) headers.Authorization = token;
  const sent = body && body.value.trim() !== "" ? body.value : undefined;
  if (sent !== undefined) {
    if (!isJSON(sent)) { body.focus(); throw new Error("The body is no JSON"); }
    headers["Content-Type"] = "application/json";
  }
  const tail = query.toString();
  return { address: api.base + path + (tail ? `?${tail}` : ""), method: operation.method, headers, body: sent };
}

function answerView(response, source, time) {
  const kind = response.ok ? "good" : "bad";
  const headers = [...response.headers].sort(([a], [b]) => a < b ? -1 : 1);
  const size = new TextEncoder().encode(source).length;
  return make("div", { class: `answer ${kind}` },
    make("p", { class: "status" }, `${response.status} ${response.statusText} `,
      make("span", {}, `in ${time < 10 ? time.toFixed(1) : Math.round(time)} ms, ${size} bytes`)),
    source === "" ? make("p", { class: "hint" }, "The answer has no body.")
      : make("pre", { class: "body", tabindex: "0", "aria-label": "Body of the answer" },
        readable(source, response.headers.get("content-type") || "")),
    make("details", { class: "more" }, make("summary", {}, `Header fields (${headers.length})`),
      make("dl", { class: "headers" }, headers.flatMap(([name, value]) =>
        [make("dt", {}, name), make("dd", {}, value)]))));
}

function operationForm(api, operation) {
  const id = `field-${++serial}`;
  const fields = operation.parameters.map((parameter, index) => parameterField(api, parameter, `${id}-${index}`));
  const inside = make("div", { class: "inside" });
  if (operation.description) inside.append(make("p", { class: "about" }, operation.description));
  if (fields.length) inside.append(make("h4", {}, "Parameters"), ...fields.map(({ row }) => row));

  let body = null;
  if (operation.body) {
    const schema = operation.body.schema;
    const fill = all => { body.value = JSON.stringify(sample(api, schema, all) ?? {}, null, 2); };
    body = make("textarea", { id, rows: 8, spellcheck: "false", autocomplete: "off", name: "body" });
    fill(false);
    body.rows = Math.min(18, Math.max(4, body.value.split("\n").length + 1));
    inside.append(make("h4", {}, make("label", { for: id }, "Body"), operation.body.required
      ? make("span", { class: "need" }, " required") : null), body,
      make("div", { class: "actions" },
        make("button", { type: "button", onclick: () => fill(false) }, "Sample"),
        make("button", { type: "button", onclick: () => fill(true) }, "Sample with all fields")));
    const view = schemaView(api, schema);
    if (view) inside.append(make("details", { class: "more" }, make("summary", {}, "What the body is like"), view));
  }

  const answer = make("div", { role: "status", "aria-live": "polite", "aria-atomic": "true" });
  const show = (...children) => answer.replaceChildren(...children);
  const problem = error => show(make("p", { class: "problem" }, error.message));
  const call = make("button", { type: "button", class: "call", disabled: !api.isHere }, "Call");
  const curl = make("button", { type: "button" }, "Show as curl");
  let running = null;
  call.addEventListener("click", async () => {
    if (running) { running.abort(); return; }
    let wanted;
    try { wanted = request(api, operation, fields, body); } catch (error) { problem(error); return; }
    running = new AbortController();
    call.textContent = "Cancel";
    answer.setAttribute("aria-busy", "true");
    const start = performance.now();
    try {
      const response = await fetch(wanted.address, { method: wanted.method, headers: wanted.headers,
        body: wanted.body, signal: running.signal, credentials: "same-origin", cache: "no-store" });
      const source = await response.text();
      show(answerView(response, source, performance.now() - start));
    } catch (error) {
      problem(error.name === "AbortError" ? new Error("The call was cancelled") : new Error(
        `No answer: ${error.message}`));
    } finally {
      running = null;
      call.textContent = "Call";
      answer.removeAttribute("aria-busy");
    }
  });
  curl.addEventListener("click", () => {
    try {
      const { address, method, headers, body: sent } = request(api, operation, fields, body);
      const parts = ["curl", "-X", method, quoted(new URL(address, location.href).href)];
      // The secret itself is not written down.
      for (const [name, value] of Object.entries(headers)) {
        parts.push("-H", name === "Authorization" ? '"Authorization: $AUTHORIZATION"' : quoted(`${name}: ${value}`));
      }
      if (sent !== undefined) parts.push("--data-raw", quoted(sent));
      show(make("pre", { tabindex: "0", "aria-label": "The call as a curl command" }, parts.join(" ")));
    } catch (error) { problem(error); }
  });
  inside.append(make("div", { class: "actions" }, call, curl, api.isHere ? null
    : make("span", { class: "hint" }, "This API is served elsewhere and can't be called from here.")), answer);

  const responses = Object.entries(map(operation.responses));
  if (responses.length) {
    inside.append(make("h4", {}, "Responses"), make("dl", { class: "responses" }, responses.flatMap(
      ([status, response]) => {
        response = resolve(api, response);
        const media = Object.values(map(response.content))[0];
        const schema = isMap(media) ? media.schema : undefined;
        const view = schema ? schemaView(api, schema) : null;
        return [make("dt", { class: "mono" }, status), make("dd", {}, text(response.description), " ",
          schema ? make("span", { class: "type" }, typeName(api, schema)) : null,
          view ? make("details", { class: "more" }, make("summary", {}, "What it is like"), view) : null)];
      })));
  }
  return inside;
}

function operationView(api, operation) {
  const view = make("details", { class: "operation" + (operation.deprecated ? " deprecated" : ""),
    id: operation.anchor },
    make("summary", {}, make("span", { class: `method ${operation.method.toLowerCase()}` }, operation.method),
      make("span", { class: "path mono" }, operation.path),
      make("span", { class: "summary" }, operation.summary + (operation.deprecated ? " (deprecated)" : ""))));
  // Built when it is first opened: large services have many.
  view.addEventListener("toggle", () => {
    if (view.open && view.childElementCount === 1) view.append(operationForm(api, operation));
  });
  view.words = [operation.method, operation.path, operation.summary, operation.id, ...operation.tags]
    .join(" ").toLowerCase();
  return view;
}

// Documents, search and startup.

const methods = ["get", "post", "put", "patch", "delete", "head", "options", "trace"];

function operations(api) {
  const found = [];
  for (const [path, item] of Object.entries(map(api.content.paths))) {
    const shared = list(map(item).parameters);
    for (const method of methods) {
      const content = map(item)[method];
      if (!isMap(content)) continue;
      const media = map(resolve(api, content.requestBody).content);
      const body = media["application/json"] ?? Object.values(media)[0];
      const id = text(content.operationId) || `${method} ${path}`;
      const parameters = shared.concat(list(content.parameters)).map(parameter => resolve(api, parameter));
      found.push({ path, method: method.toUpperCase(), id, parameters,
        anchor: `${api.name}/${id}`.replace(/[^\w/.-]/g, "-"), summary: text(content.summary),
        description: text(content.description), deprecated: content.deprecated === true,
        tags: list(content.tags).map(text), responses: content.responses,
        body: isMap(body) ? { schema: body.schema, required: resolve(api, content.requestBody).required === true }
          : null });
    }
  }
  return found;
}

function documentView(api) {
  const info = map(api.content.info);
  const contact = map(info.contact), license = map(info.license);
  const links = [link(api.url, "OpenAPI document")];
  if (info.termsOfService) links.push(link(text(info.termsOfService), "Terms of service"));
  if (contact.url) links.push(link(text(contact.url), text(contact.name) || "Contact"));
  else if (contact.name) links.push(document.createTextNode(text(contact.name)));
  if (contact.email) links.push(link(`mailto:${text(contact.email)}`, text(contact.email)));
  if (license.name) links.push(license.url ? link(text(license.url), text(license.name))
    : document.createTextNode(text(license.name)));
  const heading = `api-${++serial}`;
  const section = make("section", { class: "api", "aria-labelledby": heading },
    make("header", {}, make("h2", { id: heading }, text(info.title) || api.name,
      info.version ? make("span", { class: "version" }, `version ${text(info.version)}`) : null),
      info.description ? make("p", { class: "about" }, text(info.description)) : null,
      make("ul", { class: "links" }, links.map(child => make("li", {}, child)))));
  const groups = new Map();
  for (const operation of operations(api)) {
    const tag = operation.tags[0] || "";
    groups.set(tag, (groups.get(tag) || []).concat([operation]));
  }
  if (!groups.size) section.append(make("p", { class: "hint" }, "There are no operations."));
  for (const [tag, members] of groups) {
    if (tag && groups.size > 1) section.append(make("h3", { class: "tag" }, tag));
    section.append(...members.map(operation => operationView(api, operation)));
  }
  return section;
}

async function load(entry) {
  const response = await fetch(entry.url, { headers: { Accept: "application/json" }, credentials: "same-origin" });
  if (!response.ok) throw new Error(`the answer is ${response.status} ${response.statusText}`);
  const api = { name: entry.name, url: entry.url, content: map(JSON.parse(await response.text())) };
  const server = text(map(list(api.content.servers)[0]).url);
  let base = null;
  try {
    base = server ? new URL(server, new URL(entry.url, location.href))
      : new URL(byId("documents").dataset.root, location.href);
  } catch { base = null; }
  api.isHere = base !== null && base.origin === location.origin;
  api.base = api.isHere ? base.pathname.replace(/\/+$/, "") : server.replace(/\/+$/, "");
  return documentView(api);
}

function find() {
  const words = byId("find").value.toLowerCase().split(/\s+/).filter(Boolean);
  let count = 0;
  for (const view of document.querySelectorAll("details.operation")) {
    view.hidden = !words.every(word => view.words.includes(word));
    if (!view.hidden) count++;
  }
  for (const tag of document.querySelectorAll("h3.tag")) {
    let next = tag.nextElementSibling, shown = false;
    for (; next && next.matches("details"); next = next.nextElementSibling) shown = shown || !next.hidden;
    tag.hidden = !shown;
  }
  byId("found").textContent = words.length ? `${count} ${count === 1 ? "operation" : "operations"} found` : "";
}

function openLinked() {
  const target = byId(decodeURIComponent(location.hash.slice(1)));
  if (target && target.matches("details.operation")) { target.open = true; target.scrollIntoView(); }
}

async function start() {
  const entries = list(JSON.parse(byId("documents").textContent));
  const place = byId("operations");
  const views = await Promise.all(entries.map(entry => load(entry).catch(error =>
    make("section", { class: "api" }, make("h2", {}, entry.name), make("p", { class: "problem" },
      `The document ${entry.url} can't be shown: ${error.message}`)))));
  place.append(...views);
  if (!entries.length) {
    place.append(make("p", {}, "No controller offers an OpenAPI document. Set "),
      make("code", {}, "swagger.enable: true"), " in its configuration.");
  }
  byId("loading").hidden = true;
  byId("find").addEventListener("input", find);
  addEventListener("hashchange", () => { try { openLinked(); } catch { } });
  try { openLinked(); } catch { }
  document.body.dataset.state = "ready";
}

start();
