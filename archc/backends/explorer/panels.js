'use strict';
// The table of layers, the source pane with findings in place, and what is said of a layer under the pointer.

const COMMAS = new Intl.NumberFormat('en-US');

function make(name, attributes, parent, text) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  if (text !== undefined) element.textContent = text;
  if (parent) parent.append(element);
  return element;
}

function call(name, args) {
  return args ? `${name}(${args})` : name;
}

function count(number) {
  return number === null ? '?' : number ? COMMAS.format(number) : '';
}

// One entry for each row, in the order of the dataflow: rooms with what is in them, and layers.
function* entries(room, level = 1) {
  for (const item of room.inside) {
    if (!item.isRoom) for (const cell of item.cells) yield { key: cell.key, level, item, cell, ...aboutNode(cell.node, cell.label) };
    else {
      yield { key: item.key, level, item, room: item, ...aboutRoom(item) };
      yield* entries(item, level + 1);
    }
  }
}

function aboutNode(node, label) {
  const times = node.repeat > 1 ? ` × ${node.repeat}` : '';
  if (node.kind === 'input' || node.kind === 'output') [label, node] = [node.name, { ...node, name: node.kind, label: node.name }];
  const when = (node.when ? `, if ${node.when}` : '') + (node.tied.length ? `, tied to ${node.tied.join(', ')}` : '');
  return {
    label, full: node.label, type: call(node.name, node.arguments) + times + when, shape: node.shape, formula: node.formula,
    parameters: owns(node, count), macs: count(node.macs), place: node.place,
  };
}

function aboutRoom(room) {
  const times = room.scan ? `, ${room.times} steps` : room.times !== '1' ? ` × ${room.times}` : '';
  const shape = room.last ? room.last.shape : '', formula = room.last ? room.last.formula : '';
  return {
    label: room.label, full: room.path, type: call(room.name, room.arguments) + times, shape, formula,
    parameters: count(room.parameters), macs: count(room.macs), place: room.place,
  };
}

function fillTable(rows, body, open) {
  body.replaceChildren();
  for (const row of rows) {
    const line = make('tr', { 'data-key': row.key, role: 'row', tabindex: '-1', 'aria-level': row.level }, body);
    const head = make('td', { role: 'gridcell' }, line);
    head.style.paddingLeft = `${0.3 + 0.9 * (row.level - 1)}em`;
    make('span', { class: 'twisty', 'aria-hidden': 'true' }, head, row.room ? '▸' : '');
    make('span', {}, head, row.label);
    for (const text of [row.type, unbroken(row.shape)]) make('td', { role: 'gridcell' }, line, text);
    for (const text of [row.parameters, row.macs]) make('td', { role: 'gridcell', class: 'number' }, line, text);
    row.line = line;
  }
  showFolding(rows, open);
}

// Lines end between shapes, not within one.
function unbroken(shapes) {
  return shapes.replace(/, (?=[^[\]]*\])/g, ',\u00a0');
}

function showFolding(rows, open) {
  for (const { item, room, line } of rows) {
    line.hidden = around(item).some(outer => outer.parent && !open.has(outer.path));
    if (!room) continue;
    line.setAttribute('aria-expanded', open.has(room.path));
    line.classList.toggle('open', open.has(room.path));
  }
}

function showTip(tip, row, x, y) {
  tip.replaceChildren();
  make('b', {}, tip, row.full || row.type);
  const lines = [
    ['', row.full ? row.type : ''], ['shape', row.shape], ['formula', row.formula === row.shape ? '' : row.formula],
    ['parameters', row.parameters], ['MACs', row.macs], ['source', row.place ? `${row.place[0]}:${row.place[3]}` : ''],
  ];
  const list = make('dl', {}, tip);
  for (const [name, text] of lines) if (text) { make('dt', {}, list, name); make('dd', {}, list, text); }
  tip.hidden = false;
  const box = tip.parentElement.getBoundingClientRect();
  tip.style.left = `${Math.max(4, Math.min(x - box.left + 14, box.width - tip.offsetWidth - 4))}px`;
  const below = y - box.top + 14;
  tip.style.top = `${below + tip.offsetHeight < box.height ? below : Math.max(4, below - tip.offsetHeight - 28)}px`;
}

// The source pane: a tab for each file, lines with numbers, findings below the lines that they are about.
function fillTabs(tabs, files, shown, choose) {
  tabs.replaceChildren();
  for (const { file } of files) {
    const tab = make('button', { role: 'tab', 'aria-selected': file === shown }, tabs, file.split('/').pop());
    tab.title = file;
    tab.addEventListener('click', () => choose(file));
  }
}

function fillText(pane, { file, text, colours }, diagnostics) {
  pane.replaceChildren();
  const marks = diagnostics.flatMap(found => found.marks.filter(mark => mark.file === file).map(mark => ({ ...mark, found })));
  let offset = 0, first = 0;
  text.split('\n').forEach((content, index) => {
    const line = make('div', { class: 'line', 'data-line': index + 1 }, pane);
    while (first < colours.length && colours[first][1] <= offset) first++;
    markUp(line, content, offset, marks, colours, first);
    for (const mark of marks.filter(mark => mark.line === index + 1 && (mark.text || mark.primary))) finding(pane, mark);
    offset += content.length + 1;
  });
}

// A line in the colours of its parts, from the first of them on, with what is wrong in it underlined.
function markUp(line, content, offset, marks, colours, first) {
  const part = (parent, from, to) => colour(parent, content, offset, from, to, colours, first);
  const here = marks.find(mark => mark.primary && mark.start <= offset + content.length && mark.end > offset);
  if (!content) line.textContent = '\u200b';
  if (!here) { part(line, 0, content.length); return; }
  const start = Math.max(0, here.start - offset), end = Math.min(content.length, here.end - offset);
  part(line, 0, start);
  part(make('mark', { class: here.found.severity }, line), start, end);
  part(line, end, content.length);
}

function colour(parent, content, offset, from, to, colours, first) {
  let at = from;
  for (let i = first; i < colours.length && colours[i][0] < offset + to; i++) {
    const start = Math.max(at, colours[i][0] - offset), end = Math.min(to, colours[i][1] - offset);
    if (end <= start) continue;
    parent.append(content.slice(at, start));
    make('span', { class: colours[i][2] }, parent, content.slice(start, end));
    at = end;
  }
  parent.append(content.slice(at, to));
}

function finding(pane, mark) {
  const box = make('div', { class: `finding ${mark.primary ? mark.found.severity : 'also'}` }, pane);
  if (mark.primary) make('b', {}, box, `${mark.found.severity}[${mark.found.code}]: ${mark.found.message}`);
  if (mark.text) make('div', {}, box, mark.text);
  if (!mark.primary) return;
  for (const note of mark.found.notes) make('div', {}, box, `note: ${note}`);
  if (mark.found.help) make('div', {}, box, `help: ${mark.found.help}`);
}

function lightLines(pane, place, text, scroll) {
  for (const line of pane.querySelectorAll('.lit')) line.classList.remove('lit');
  if (!place) return;
  const last = text.slice(0, Math.max(place[1], place[2] - 1)).split('\n').length;
  for (let number = place[3]; number <= last; number++) {
    const line = pane.querySelector(`[data-line="${number}"]`);
    if (line) line.classList.add('lit');
    if (line && scroll && number === place[3]) pane.scrollTop = line.offsetTop - pane.clientHeight / 3;
  }
}
