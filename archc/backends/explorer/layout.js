'use strict';
// Layered drawing of one level of a dataflow (Sugiyama, Tagawa and Toda 1981): ranks by the longest way, dummies on long edges, orders
// by barycentres, and positions by isotonic regression, which keeps the order and the distances and moves everything as little as it can.

const GAP = { across: 22, along: 34, entry: 16, dummy: 10 };

// items: [{w, h, top?, bottom?}], where `top` pins an item to the first rank and `bottom` to the last.
// edges: [{from, to, fx, tx}], indices of items and where the edge meets each, from its left side.
// Sets x and y (left, top) of the items and `points` of the edges; gives the size of the whole.
function layOut(items, edges) {
  const ranks = rankAll(items, edges);
  const layers = [];
  const cells = items.map((item, index) => ({ item, index, rank: ranks[index], w: item.w, h: item.h, near: [], far: [] }));
  const all = cells.slice();
  for (const edge of edges) cells[edge.to].fed = true;
  for (const edge of edges) edge.way = dummies(edge, cells, all);
  for (const cell of all) (layers[cell.rank] ||= []).push(cell);
  for (let rank = 0; rank < layers.length; rank++) layers[rank] ||= [];
  order(layers);
  placeAcross(layers);
  return placeAlong(layers, items, edges);
}

function rankAll(items, edges) {
  const into = items.map(() => []), out = items.map(() => []);
  for (const edge of edges) { into[edge.to].push(edge.from); out[edge.from].push(edge.to); }
  const rank = items.map(() => 0);
  for (const here of sorted(into, out)) for (const next of out[here]) rank[next] = Math.max(rank[next], rank[here] + 1);
  items.forEach((item, here) => {  // what has nothing before it stands just above what it goes to
    if (!into[here].length && out[here].length) rank[here] = Math.min(...out[here].map(next => rank[next])) - 1;
  });
  const first = Math.min(...rank), last = Math.max(...rank);
  items.forEach((item, here) => {
    if (item.top) rank[here] = first;
    if (item.bottom) rank[here] = last;
  });
  const used = [...new Set(rank)].sort((a, b) => a - b);
  return rank.map(value => used.indexOf(value));
}

function sorted(into, out) {
  const waits = into.map(list => list.length), ready = [...into.keys()].filter(here => !waits[here]);
  for (let i = 0; i < ready.length; i++) for (const next of out[ready[i]]) if (!--waits[next]) ready.push(next);
  return ready;
}

function dummies(edge, cells, all) {
  const way = [cells[edge.from]];
  for (let rank = cells[edge.from].rank + 1; rank < cells[edge.to].rank; rank++) {
    const dummy = { rank, w: GAP.dummy, h: 0, near: [], far: [], dummy: true };
    all.push(dummy);
    way.push(dummy);
  }
  way.push(cells[edge.to]);
  for (let i = 1; i < way.length; i++) {
    const a = way[i - 1], b = way[i];
    const ax = i === 1 ? edge.fx - a.w / 2 : 0, bx = i === way.length - 1 ? edge.tx - b.w / 2 : 0;
    // The way of what was fed is straight; long edges and constants give way to it.
    const weight = a.dummy && b.dummy ? 2 : way.length === 2 && (a.fed || a.item.top) ? 4 : way.length === 2 ? 2 : 1;
    a.far.push({ cell: b, shift: bx - ax, weight });
    b.near.push({ cell: a, shift: ax - bx, weight });
  }
  return way;
}

function order(layers) {
  for (const layer of layers) number(layer);
  for (let sweep = 0; sweep < 12; sweep++) {
    const down = sweep % 2 === 0;
    for (const layer of down ? layers.slice(1) : layers.slice(0, -1).reverse()) {
      for (const cell of layer) cell.wish = mean(down ? cell.near : cell.far, link => link.cell.place, cell.place);
      layer.sort((a, b) => a.wish - b.wish || a.place - b.place);
      number(layer);
    }
  }
}

function number(layer) {
  layer.forEach((cell, index) => { cell.place = (index + 0.5) / layer.length; });
}

function mean(links, value, otherwise) {
  let sum = 0, weight = 0;
  for (const link of links) { sum += value(link) * link.weight; weight += link.weight; }
  return weight ? sum / weight : otherwise;
}

// Half of the weight is on either side: a cell stands exactly below what weighs most, where a mean would be a little beside it.
function median(links, value, otherwise) {
  const places = links.map(link => [value(link), link.weight]).sort((a, b) => a[0] - b[0]);
  const half = weigh(links) / 2;
  let sum = 0;
  for (let i = 0; i < places.length; i++) {
    sum += places[i][1];
    if (sum > half) return places[i][0];
    if (sum === half) return (places[i][0] + places[i + 1][0]) / 2;
  }
  return otherwise;
}

function placeAcross(layers) {
  for (const layer of layers) {
    let x = 0;
    for (const cell of layer) { cell.x = x + cell.w / 2; x += cell.w + GAP.across; }
    const middle = x / 2;
    for (const cell of layer) cell.x -= middle;
  }
  for (let pass = 0; pass < 25; pass++) {
    const down = pass % 2 === 0;
    for (const layer of down ? layers : layers.slice().reverse()) {
      const links = cell => down ? cell.near : cell.far;
      settle(layer, cell => median(links(cell), link => link.cell.x + link.shift, cell.x), cell => weigh(links(cell)) + 0.01);
    }
  }
}

function weigh(links) {
  return links.reduce((sum, link) => sum + link.weight, 0);
}

// The places nearest to what the cells wish for, in their order and with their distances: pool adjacent violators.
function settle(layer, wish, weight) {
  const pools = [];
  let offset = 0;
  layer.forEach((cell, index) => {
    if (index) offset += (layer[index - 1].w + cell.w) / 2 + GAP.across;
    cell.offset = offset;
    let pool = { cells: [cell], sum: (wish(cell) - offset) * weight(cell), weight: weight(cell) };
    while (pools.length && pools[pools.length - 1].sum / pools[pools.length - 1].weight > pool.sum / pool.weight) {
      const before = pools.pop();
      pool = { cells: before.cells.concat(pool.cells), sum: before.sum + pool.sum, weight: before.weight + pool.weight };
    }
    pools.push(pool);
  });
  for (const pool of pools) for (const cell of pool.cells) cell.x = pool.sum / pool.weight + cell.offset;
}

function placeAlong(layers, items, edges) {
  let left = Infinity, right = -Infinity, y = 0;
  for (const layer of layers) for (const cell of layer) {
    left = Math.min(left, cell.x - cell.w / 2);
    right = Math.max(right, cell.x + cell.w / 2);
  }
  layers.forEach((layer, rank) => {
    const height = Math.max(0, ...layer.map(cell => cell.h));
    for (const cell of layer) {
      cell.x -= left;
      cell.y = y + (height - cell.h) / 2;
      cell.top = y;
      cell.height = height;
      if (cell.item) { cell.item.x = cell.x - cell.w / 2; cell.item.y = cell.y; }
    }
    const ends = layer.every(isEnd) || (layers[rank + 1] || []).every(isEnd);
    y += height + (rank === layers.length - 1 ? 0 : ends ? GAP.entry : GAP.along);
  });
  for (const edge of edges) edge.points = points(edge, items);
  return { w: right - left, h: y };
}

// What only leads into or out of the level needs no room for a label.
function isEnd(cell) {
  return cell.item ? cell.item.top || cell.item.bottom : true;
}

// An edge runs straight from its item to where the layer ends, beside what is taller; one of a pinned item through the whole layer.
function points(edge, items) {
  const way = edge.way, first = way[0], last = way[way.length - 1];
  const [fx, tx] = [items[edge.from].x + edge.fx, items[edge.to].x + edge.tx];
  const found = [[fx, items[edge.from].top ? first.top : first.y + first.h], [fx, first.top + first.height]];
  for (const cell of way.slice(1, -1)) found.push(...through(cell));
  return found.concat([[tx, last.top], [tx, items[edge.to].bottom ? last.top + last.height : last.y]]);
}

function through(cell) {
  return [[cell.x, cell.top], [cell.x, cell.top + cell.height]];
}
