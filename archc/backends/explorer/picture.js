'use strict';
// The drawing: SVG elements for what `arrange` placed.

const SVG = 'http://www.w3.org/2000/svg';

function shape(name, attributes, parent, text) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  if (text !== undefined) element.textContent = text;
  if (parent) parent.append(element);
  return element;
}

function drawFlow(flow, open, svg) {
  arrange(flow, flow.root, open);
  svg.replaceChildren();
  const defs = shape('defs', {}, svg);
  const marker = shape('marker', { id: 'arrow', viewBox: '0 0 8 8', refX: 7, refY: 4, markerWidth: 7, markerHeight: 7, orient: 'auto' }, defs);
  shape('path', { d: 'M0,0.5L8,4L0,7.5z', class: 'head' }, marker);
  const canvas = shape('g', { id: 'canvas' }, svg);
  drawInside(flow.root, 0, 0, 0, canvas);
  return canvas;
}

function drawInside(room, x, y, level, parent) {
  for (const item of room.inside) {
    if (!item.isRoom) drawBox(item, x + item.x, y + item.y, parent);
    else if (item.unfolded) drawRoom(item, x + item.x, y + item.y, level, parent);
    else drawFolded(item, x + item.x, y + item.y, parent);
  }
  const drawn = room.links.map(edge => drawEdge(edge, x, y, parent));
  parent.append(...drawn.filter(Boolean));  // the texts are above all lines
}

function drawRoom(room, x, y, level, parent) {
  const group = shape('g', { class: `room level${level % 2}`, 'data-key': room.key }, parent);
  shape('rect', { x, y, width: room.w, height: room.h, rx: 8 }, group);
  const head = shape('text', { x: x + 18, y: y + 15, class: 'title' }, group);
  shape('tspan', { class: 'name' }, head, room.head);
  shape('tspan', { dx: 6 }, head, room.name);
  shape('path', { d: `M${x + 6},${y + 7}h8l-4,6z`, class: 'fold' }, group);
  drawInside(room, x + room.left, y + HEAD, level + 1, group);
}

function drawFolded(room, x, y, parent) {
  const group = shape('g', { class: 'folded', 'data-key': room.key }, parent);
  shape('rect', { x: x + 2, y: y + 2, width: room.w, height: room.h, rx: 4, class: 'under' }, group);
  shape('rect', { x, y, width: room.w, height: room.h, rx: 4 }, group);
  shape('path', { d: `M${x + 6},${y + room.h / 2 - 4}v8l6,-4z`, class: 'fold' }, group);
  drawText(room.title, x + 12, y + 1, room.w - 12, '#1c232b', group);
}

function drawBox(box, x, y, parent) {
  const group = shape('g', { class: 'box' }, parent);
  if (box.sign) {
    const cell = shape('g', { class: 'cell', 'data-key': box.key }, group);
    shape('circle', { cx: x + 12, cy: y + 12, r: 11.5, fill: box.cells[0].node.fill }, cell);
    shape('text', { x: x + 12, y: y + 17, class: 'sign' }, cell, box.sign);
    return;
  }
  let at = 0;
  for (const cell of box.cells) {
    const w = box.beside ? cell.w : box.w, h = box.beside ? box.h : cell.h;
    const [left, top] = box.beside ? [x + at, y] : [x, y + at];
    const part = shape('g', { class: 'cell', 'data-key': cell.key }, group);
    shape('rect', { x: left, y: top, width: w, height: h, fill: cell.node.fill }, part);
    drawText(cell, left, top, w, cell.node.ink, part);
    at += box.beside ? w : h;
  }
  shape('rect', { x, y, width: box.w, height: box.h, class: 'frame' }, group);
}

function drawText(cell, x, y, width, ink, parent) {
  if (cell.label) shape('text', { x: x + 5, y: y + 15, class: 'faint' }, parent, cell.label);
  shape('text', { x: x + cell.nameAt, y: y + 15, class: 'name', fill: ink }, parent, cell.name);
  cell.lines.forEach((line, number) => {
    if (line) shape('text', { x: x + cell.argumentsAt, y: y + 15 + 14 * number, fill: ink }, parent, line);
  });
  if (cell.count) shape('text', { x: x + width - 4, y: y + 15, class: 'faint end' }, parent, cell.count);
}

// Gives the text that belongs to the arrow.
function drawEdge(edge, x, y, parent) {
  const points = edge.points.map(([a, b]) => [x + a, y + b]), last = points[points.length - 1];
  // Between what is in a room and its edge there is a margin that the arrow crosses too.
  if (edge.enters) points.unshift([points[0][0], points[0][1] - HEAD]);
  if (edge.leaves) points.push([last[0], last[1] + FOOT]);
  const group = shape('g', { class: 'edge', 'data-from': `n${edge.source}`, 'data-to': `n${edge.target}` }, parent);
  const line = shape('path', { d: curve(points) }, group);
  if (edge.arrow) line.setAttribute('marker-end', 'url(#arrow)');
  if (!edge.text) return null;
  const [[x0, y0]] = points;
  return shape('text', { x: x0 + 5, y: y0 + 13 + 10 * edge.line, class: 'faint shape' }, null, edge.text);
}

function curve(points) {
  let d = `M${points[0]}`;
  for (let i = 1; i < points.length; i++) {
    const [ax, ay] = points[i - 1], [bx, by] = points[i], middle = (ay + by) / 2;
    if (ax === bx && ay === by) continue;  // an arrowhead would not know where to point
    d += ax === bx ? `L${bx},${by}` : `C${ax},${middle} ${bx},${middle} ${bx},${by}`;
  }
  return d;
}
