'use strict';
// The page: one state, what changes it (pointer, keys, search, the file on disk), and what shows it.

const $ = id => document.getElementById(id);
const page = { open: new Set(), selected: null, rows: [], byKey: new Map(), view: { x: 0, y: 0, scale: 1 }, matches: [], match: -1 };
const AT_FIRST = 32, POLL = 500;

function start(state) {
  show(state);
  listen();
  if (state.live) poll();
}

function show(state) {
  page.state = state;
  if (state.net) showNet(state.net);
  else if (!page.flow) $('title').textContent = state.files.length ? state.files[0].file : 'archc';
  $('picture').classList.toggle('stale', !state.net);
  if (!state.files.some(one => one.file === page.file)) page.file = state.files.length ? state.files[0].file : null;
  const wrong = state.diagnostics.find(found => found.severity === 'error');
  const mark = wrong && wrong.marks.find(one => one.primary);
  if (mark && state.files.some(one => one.file === mark.file)) page.file = mark.file;
  showFile();
  if (mark) lightLines($('text'), [mark.file, mark.start, mark.end, mark.line], shownFile().text, true);
  showErrors(state);
}

function showNet(net) {
  const first = !page.flow, was = page.flow;
  page.flow = makeFlow(net);
  page.rows = [...entries(page.flow.root)];
  page.byKey = new Map(page.rows.map(row => [row.key, row]));
  if (first) unfoldSome();
  document.title = `${net.name} - archc`;
  $('title').textContent = net.title;
  $('footer').replaceChildren(...net.footer.map(text => make('span', {}, null, text)));
  fillTable(page.rows, $('rows'), page.open);
  redraw();
  if (!was) fit();
  if (page.selected && !page.byKey.has(page.selected)) page.selected = null;
  paint();
  if ($('search').value) find($('search').value);
}

// All blocks of a level, from the outside in, as long as the boxes fit a window.
function unfoldSome() {
  const rooms = page.flow.rooms.slice(1), deepest = Math.max(0, ...rooms.map(nesting));
  let boxes = page.flow.root.inside.length;
  for (let level = 1; level <= deepest; level++) {
    const here = rooms.filter(room => nesting(room) === level);
    boxes += here.reduce((sum, room) => sum + room.inside.length - 1, 0);
    if (boxes > AT_FIRST) return;
    for (const room of here) page.open.add(room.path);
  }
}

function nesting(room) {
  return around(room).length;
}

function redraw() {
  drawFlow(page.flow, page.open, $('drawing'));
  showFolding(page.rows, page.open);
  move();
  paint();
}

function toggle(room, open = !page.open.has(room.path)) {
  const before = place(room.key);
  if (open) page.open.add(room.path);
  else page.open.delete(room.path);
  redraw();
  const after = place(room.key);
  if (before && after) { page.view.x += before.left - after.left; page.view.y += before.top - after.top; move(); }
}

function setAll(open) {
  if (!page.flow) return;
  page.open = new Set(open ? page.flow.rooms.map(room => room.path) : []);
  redraw();
  fit();
}

function place(key) {
  const element = drawn(key);
  return element ? element.getBoundingClientRect() : null;
}

// What stands for a layer in the drawing: itself, or the folded block that it is in.
function drawn(key) {
  const row = page.byKey.get(key);
  if (!row) return null;
  for (const one of [key, ...around(row.item).map(room => room.key)]) {
    const element = $('drawing').querySelector(`[data-key="${CSS.escape(one)}"]`);
    if (element) return element;
  }
  return null;
}

function paint() {
  for (const element of document.querySelectorAll('.selected')) element.classList.remove('selected');
  const row = page.byKey.get(page.selected), element = row && drawn(row.key);
  if (row) row.line.classList.add('selected');
  if (element) element.classList.add('selected');
  for (const one of page.rows) {
    one.line.tabIndex = one.key === page.selected || (!row && one === page.rows[0]) ? 0 : -1;
    one.line.setAttribute('aria-selected', one.key === page.selected);
  }
  for (const one of document.querySelectorAll('.match')) one.classList.remove('match');
  for (const key of page.matches) for (const one of [page.byKey.get(key).line, drawn(key)]) if (one) one.classList.add('match');
}

// reveal: unfold what is around it; center: move the drawing there.
function select(key, { reveal = false, center = false, focus = false } = {}) {
  const row = page.byKey.get(key);
  if (!row) return;
  page.selected = key;
  if (reveal && around(row.item).some(room => room.parent && !page.open.has(room.path))) {
    for (const room of around(row.item)) if (room.parent) page.open.add(room.path);
    redraw();
  }
  paint();
  showPlace(row.place, true);
  if (center) centerOn(place(key));
  row.line.scrollIntoView({ block: 'nearest' });
  if (focus) row.line.focus({ preventScroll: true });
}

function showPlace(where, scroll) {
  if (where && scroll && where[0] !== page.file && page.state.files.some(one => one.file === where[0])) { page.file = where[0]; showFile(); }
  lightLines($('text'), where && where[0] === page.file ? where : null, shownFile().text, scroll);
}

function shownFile() {
  return page.state.files.find(one => one.file === page.file) || { file: page.file, text: '', colours: [] };
}

function showFile() {
  fillTabs($('tabs'), page.state.files, page.file, file => { page.file = file; showFile(); });
  fillText($('text'), shownFile(), page.state.diagnostics);
}

function showErrors(state) {
  const errors = state.diagnostics.filter(found => found.severity === 'error');
  const said = state.lost || state.refused;
  $('errors').hidden = !errors.length && !said;
  $('errors').textContent = said || errors.map(found => `error[${found.code}]: ${found.message}`).join('\n');
}

// --- where the drawing is ---------------------------------------------------------------------------------------------

function move() {
  const canvas = $('canvas'), { x, y, scale } = page.view;
  if (canvas) canvas.setAttribute('transform', `translate(${x} ${y}) scale(${scale})`);
}

function zoom(factor, x, y) {
  const box = $('picture').getBoundingClientRect(), view = page.view;
  const [cx, cy] = x === undefined ? [box.width / 2, box.height / 2] : [x - box.left, y - box.top];
  const scale = Math.min(4, Math.max(0.05, view.scale * factor)), by = scale / view.scale;
  page.view = { x: cx - (cx - view.x) * by, y: cy - (cy - view.y) * by, scale };
  move();
}

// The whole width, and the whole height as long as text can be read.
function fit() {
  if (!page.flow) return;
  const { w, h } = page.flow.root, box = $('picture').getBoundingClientRect(), margin = 16;
  const wide = (box.width - 2 * margin) / w, high = (box.height - 2 * margin) / h;
  const scale = Math.max(0.05, Math.min(1.25, wide, Math.max(high, 0.7)));
  page.view = { x: (box.width - w * scale) / 2, y: Math.max(margin, (box.height - h * scale) / 2), scale };
  move();
}

function centerOn(there) {
  const box = $('picture').getBoundingClientRect();
  if (!there || (there.left >= box.left && there.right <= box.right && there.top >= box.top && there.bottom <= box.bottom)) return;
  page.view.x += (box.left + box.right - there.left - there.right) / 2;
  page.view.y += (box.top + box.bottom - there.top - there.bottom) / 2;
  move();
}

// --- search -----------------------------------------------------------------------------------------------------------

function find(text) {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const says = row => `${row.full} ${row.type} ${row.shape}`.toLowerCase();
  page.matches = words.length ? page.rows.filter(row => words.every(word => says(row).includes(word))).map(row => row.key) : [];
  page.match = -1;
  $('found').textContent = words.length ? `${page.matches.length} found` : '';
  paint();
}

function next(step) {
  if (!page.matches.length) return;
  page.match = (page.match + step + page.matches.length) % page.matches.length;
  $('found').textContent = `${page.match + 1} of ${page.matches.length}`;
  select(page.matches[page.match], { reveal: true, center: true });
}

// --- the file on disk -------------------------------------------------------------------------------------------------

async function poll() {
  let wait = POLL;
  try {
    const answer = await fetch(`state?since=${encodeURIComponent(page.state.version)}`, { cache: 'no-store' });
    if (answer.status === 200) show(await answer.json());
    else if (page.state.lost) show({ ...page.state, lost: undefined });
  } catch {
    wait = 4 * POLL;
    showErrors({ ...page.state, lost: 'archc view has ended; the page shows what it knew last.' });
    page.state.lost = true;
  }
  setTimeout(poll, document.hidden ? 4 * wait : wait);
}
