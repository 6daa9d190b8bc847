'use strict';
// Pointer and keys. Loaded last: it starts the page.

function keyOf(event) {
  const element = event.target instanceof Element && event.target.closest('[data-key]');
  return element ? element.dataset.key : null;
}

function hover(event) {
  const row = page.byKey.get(keyOf(event));
  for (const element of document.querySelectorAll('.hover')) element.classList.remove('hover');
  if (!row) { $('tip').hidden = true; return; }
  for (const element of [row.line, drawn(row.key)]) if (element) element.classList.add('hover');
  for (const edge of $('drawing').querySelectorAll(`[data-from="${row.key}"],[data-to="${row.key}"]`)) edge.classList.add('hover');
  if ($('picture').contains(event.target)) showTip($('tip'), row, event.clientX, event.clientY);
  else $('tip').hidden = true;
  if (row.place && row.place[0] === page.file) lightLines($('text'), row.place, shownFile().text, false);
}

function dragging(picture) {
  let from = null;
  picture.addEventListener('pointerdown', event => {
    if (event.button === 0) from = { x: event.clientX, y: event.clientY, view: { ...page.view }, moved: false };
  });
  picture.addEventListener('pointermove', event => {
    if (!from) return;
    const [dx, dy] = [event.clientX - from.x, event.clientY - from.y];
    if (!from.moved && Math.hypot(dx, dy) < 4) return;
    if (!from.moved) picture.setPointerCapture(event.pointerId);
    from.moved = true;
    page.view = { ...page.view, x: from.view.x + dx, y: from.view.y + dy };
    move();
  });
  picture.addEventListener('pointerup', event => {
    const clicked = from && !from.moved;
    from = null;
    if (clicked) click(event);
  });
  picture.addEventListener('pointercancel', () => { from = null; });
  picture.addEventListener('wheel', event => {
    event.preventDefault();
    if (event.ctrlKey || event.metaKey) zoom(Math.exp(-event.deltaY / 200), event.clientX, event.clientY);
    else { page.view.x -= event.deltaX; page.view.y -= event.deltaY; move(); }
  }, { passive: false });
}

function click(event) {
  const row = page.byKey.get(keyOf(event));
  if (!row) return;
  if (row.room && !event.target.closest('.room > rect')) toggle(row.room);
  select(row.key, { focus: true });
}

function step(by) {
  const seen = page.rows.filter(row => !row.line.hidden), at = seen.findIndex(row => row.key === page.selected);
  const row = seen[at < 0 ? 0 : Math.min(seen.length - 1, Math.max(0, at + by))];
  if (row) select(row.key, { center: true, focus: true });
}

function sideways(unfold) {
  const row = page.byKey.get(page.selected);
  if (!row) return;
  if (row.room && page.open.has(row.room.path) !== unfold) toggle(row.room, unfold);
  else if (unfold && row.room) step(1);
  else if (!unfold && row.item.parent && row.item.parent.parent) select(row.item.parent.key, { center: true });
  select(page.selected, { focus: true });
}

const KEYS = {
  ArrowDown: () => step(1), ArrowUp: () => step(-1), ArrowRight: () => sideways(true), ArrowLeft: () => sideways(false),
  Enter: () => { const row = page.byKey.get(page.selected); if (row && row.room) { toggle(row.room); select(row.key, { focus: true }); } },
  '/': () => { $('search').focus(); $('search').select(); },
  e: () => setAll(true), c: () => setAll(false), f: () => fit(), '+': () => zoom(1.25), '=': () => zoom(1.25), '-': () => zoom(0.8),
  '?': () => $('help').showModal(), Escape: () => { $('tip').hidden = true; },
};

function pressed(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || $('help').open) return;
  const field = event.target.closest('input, button, pre');
  if (field && (field.id === 'search' || ['Enter', ' '].includes(event.key) || (field.id === 'text' && event.key.startsWith('Arrow')))) return;
  const action = KEYS[event.key];
  if (!action) return;
  event.preventDefault();
  action();
}

function searching(event) {
  if (event.key === 'Enter') { event.preventDefault(); next(event.shiftKey ? -1 : 1); }
  if (event.key === 'Escape') {
    $('search').value = '';
    find('');
    step(0);
  }
}

function listen() {
  document.addEventListener('keydown', pressed);
  document.addEventListener('pointerover', hover);
  dragging($('picture'));
  $('rows').addEventListener('click', event => {
    const row = page.byKey.get(keyOf(event));
    if (!row) return;
    if (row.room && event.target.closest('.twisty')) toggle(row.room);
    select(row.key, { center: true, focus: true });
  });
  $('rows').addEventListener('dblclick', event => { const row = page.byKey.get(keyOf(event)); if (row && row.room) toggle(row.room); });
  $('search').addEventListener('input', () => find($('search').value));
  $('search').addEventListener('keydown', searching);
  const buttons = { unfold: () => setAll(true), fold: () => setAll(false), in: () => zoom(1.25), out: () => zoom(0.8), fit, keys: KEYS['?'] };
  for (const [id, action] of Object.entries(buttons)) $(id).addEventListener('click', action);
}

start(JSON.parse($('data').textContent));
