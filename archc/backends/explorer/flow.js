'use strict';
// The dataflow as a tree of rooms (blocks and groups of labels) with boxes in them, and its arrangement at the present foldings.

const SIGNS = { add: '+', sub: '−', mul: '×', div: '÷' };
const FONT = { name: 'bold 12px sans-serif', plain: '12px sans-serif', note: '10px sans-serif' };
const PAD = 12, HEAD = 20, FOOT = 10, ROW = 22, WIDE = 340, WRAP = 44;
const canvas = document.createElement('canvas').getContext('2d');

function textWidth(text, font) {
  canvas.font = FONT[font];
  return canvas.measureText(text).width;
}

// The tree with what drawing needs: parents, keys, the edges that touch each room.
function makeFlow(net) {
  const flow = { net, boxOf: [], items: new Map(), rooms: [], degree: net.nodes.map(() => 0) };
  flow.outputs = net.nodes.map(() => []);  // of each layer those that are used
  for (const [from, to, output] of net.edges) {
    flow.degree[to] += 1;
    if (!flow.outputs[from].includes(output)) flow.outputs[from].push(output);
  }
  flow.root = makeRoom(flow, net.tree, null);
  for (const edge of net.edges) {
    const [from, to] = [flow.boxOf[edge[0]], flow.boxOf[edge[1]]];
    if (from !== to) for (const room of new Set([...around(from), ...around(to)])) room.edges.push(edge);
  }
  return flow;
}

function makeRoom(flow, tree, parent) {
  const path = tree.path.join('.');
  const room = { ...tree, path, depth: tree.path.length, parent, key: `r${path}`, said: tree.path.filter(Boolean).length, edges: [], isRoom: true };
  flow.items.set(room.key, room);
  flow.rooms.push(room);
  const boxes = tree.boxes.map(nodes => makeBox(flow, nodes, room));
  const rooms = tree.rooms.map(inner => makeRoom(flow, inner, room));
  room.inside = boxes.concat(rooms).sort((a, b) => a.first - b.first);
  room.first = room.inside.length ? room.inside[0].first : 0;
  room.label = tree.path.slice(parent ? parent.depth : 0).join('.');
  const nodes = room.inside.flatMap(item => item.isRoom ? [item] : item.cells.map(cell => cell.node));
  room.parameters = nodes.reduce((sum, node) => sum + node.parameters, 0);
  room.macs = nodes.some(node => node.macs === null) ? null : nodes.reduce((sum, node) => sum + node.macs, 0);
  room.last = nodes.length ? (nodes[nodes.length - 1].last || nodes[nodes.length - 1]) : null;
  return room;
}

function makeBox(flow, numbers, room) {
  const box = { parent: room, key: `n${numbers[0]}`, first: numbers[0], numbers };
  box.cells = numbers.map(number => {
    const node = flow.net.nodes[number];
    flow.boxOf[number] = box;
    flow.items.set(`n${number}`, box);
    return { key: `n${number}`, node, label: ownLabel(node, room), ...texts(node.name, node.arguments, node.repeat) };
  });
  const [only] = box.cells;
  box.sign = box.cells.length === 1 && flow.degree[numbers[0]] === 2 ? SIGNS[only.node.name] : undefined;
  measureBox(box);
  return box;
}

// A layer's label less what the rooms around it say.
function ownLabel(node, room) {
  return node.label.split('.').slice(room.said).join('.');
}

function texts(name, args, repeat) {
  const lines = [''];
  for (const word of args.split(' ')) {
    const longer = `${lines[lines.length - 1]} ${word}`.trim();
    if (longer.length > WRAP && lines[lines.length - 1]) lines.push(word);
    else lines[lines.length - 1] = longer;
  }
  if (repeat > 1) lines[lines.length - 1] += ` × ${repeat}`;
  return { name, lines };
}

function measureCell(cell) {
  const label = cell.label ? textWidth(cell.label, 'note') + 6 : 0;
  cell.nameAt = 6 + label;
  cell.argumentsAt = cell.nameAt + textWidth(cell.name, 'name') + 5;
  const rest = Math.max(0, ...cell.lines.map(line => textWidth(line, 'plain')));
  cell.count = cell.node ? owns(cell.node, short) : '';
  cell.w = cell.argumentsAt + rest + (cell.count ? textWidth(cell.count, 'note') + 6 : 0) + 4;
  cell.h = ROW + 14 * (cell.lines.length - 1);
}

function measureBox(box) {
  box.cells.forEach(measureCell);
  const sum = box.cells.reduce((total, cell) => total + cell.w, 0);
  box.beside = sum <= WIDE;
  box.w = box.sign ? 24 : box.beside ? sum : Math.max(...box.cells.map(cell => cell.w));
  box.h = box.sign ? 24 : box.beside ? Math.max(...box.cells.map(cell => cell.h)) : box.cells.reduce((all, cell) => all + cell.h, 0);
}

// What a layer owns; one that is applied again, or tied to another, owns nothing of itself.
function owns(node, text) {
  return node.parameters ? text(node.parameters) : node.shared || (node.tied && node.tied.length) ? 'shared' : '';
}

function short(number) {
  for (const [size, letter] of [[1e12, 'T'], [1e9, 'G'], [1e6, 'M'], [1e3, 'K']]) {
    if (number >= 0.9995 * size) return Number((number / size).toPrecision(3)) + letter;
  }
  return String(number);
}

function around(item) {
  const found = [];
  for (let room = item.parent; room; room = room.parent) found.push(room);
  return found;
}

function childIn(room, item) {
  while (item && item.parent !== room) item = item.parent;
  return item;
}

// Lays out a room, those in it first. Its arrows meet it at `ins` and `outs`: where each value enters and leaves, from its left side.
function arrange(flow, room, open) {
  for (const item of room.inside) if (item.isRoom) measureRoom(flow, item, open);
  const items = room.inside.slice(), places = new Map(items.map((item, index) => [item, index]));
  const ports = new Map(), links = new Map(), said = new Set();
  const port = (side, key) => {
    if (!ports.has(side + key)) { ports.set(side + key, items.length); items.push({ w: 0, h: 0, [side]: true, value: key }); }
    return ports.get(side + key);
  };
  for (const [from, to, output, text] of room.edges) {
    const key = `${from}:${output}`, a = childIn(room, flow.boxOf[from]), b = childIn(room, flow.boxOf[to]);
    if (a && a === b) continue;
    const edge = { from: a ? places.get(a) : port('top', key), to: b ? places.get(b) : port('bottom', key), key, source: from, target: to };
    const name = `${edge.from} ${edge.to} ${key}`;
    if (links.has(name)) continue;
    edge.fx = a ? leaves(flow, a, from, output) : 0;
    edge.tx = b ? meets(b, 'ins', key) : 0;
    edge.enters = !a;
    edge.leaves = !b;
    edge.arrow = b && !b.unfolded;
    if (a && b && !said.has(`${from} ${text}`)) {  // once, where a value goes to several places or several have one shape
      said.add(`${from} ${text}`);
      edge.text = text;
      edge.line = a.unfolded ? 0 : flow.outputs[from].indexOf(output);
    }
    links.set(name, edge);
  }
  room.links = [...links.values()];
  Object.assign(room, layOut(items, room.links));
  room.ins = new Map(items.filter(item => item.top).map(item => [item.value, item.x]));
  room.outs = new Map(items.filter(item => item.bottom).map(item => [item.value, item.x]));
}

// The outputs of a layer leave beside each other.
function leaves(flow, item, from, output) {
  if (item.unfolded) return meets(item, 'outs', `${from}:${output}`);
  const outputs = flow.outputs[from];
  return item.w * (outputs.indexOf(output) + 1) / (outputs.length + 1);
}

function meets(item, side, key) {
  return item.unfolded && item[side].has(key) ? item[side].get(key) : item.w / 2;
}

function measureRoom(flow, room, open) {
  room.unfolded = open.has(room.path);
  const times = room.scan ? ` ${room.times} steps` : room.times !== '1' ? ` × ${room.times}` : '';
  if (!room.unfolded) {
    room.title = { label: room.label, node: room, ...texts(room.name || 'group', room.brief, 1) };
    room.title.lines[room.title.lines.length - 1] += times;
    measureCell(room.title);
    room.w = room.title.w + 14;
    room.h = room.title.h + 2;
    return;
  }
  arrange(flow, room, open);
  room.head = `${room.label}${times}`;
  const head = 20 + textWidth(room.head, 'name') + textWidth(room.name, 'plain') + 6;
  const entries = [...room.ins.values()];
  room.left = entries.length ? Math.max(PAD, head + 10 - Math.min(...entries)) : PAD;
  room.w = Math.max(room.w + room.left + PAD, head + PAD);
  room.h += HEAD + FOOT;
  for (const side of ['ins', 'outs']) room[side] = new Map([...room[side]].map(([key, x]) => [key, x + room.left]));
}
