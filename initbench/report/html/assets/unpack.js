// The data of the page, and how to unpack what `figures/serializing.py` and `html/figures.py` packed.

const data = JSON.parse(document.getElementById("data").textContent);
const UNKNOWN = 255;

const SHARED = ["x", "y", "x_edges", "y_edges", "edges"];

/** Unpack the bytes of a map or a field, once, and give a mark the arrays that it shares. */
async function unpackMark(mark, { colours, shared = [] }) {
  for (const key of SHARED) if (typeof mark[key] === "number") mark[key] = shared[mark[key]];
  if (mark.bytes) return;
  if (mark.kind === "map") {
    mark.bytes = await unpack(mark.values);
    mark.noNumber = colours.no_number;
    mark.valueOf = (byte) => valueOf(byte, { low: 0, ...colours });
  }
  if (mark.kind === "field") mark.bytes = await Promise.all(mark.frames.map(unpack));
}

/** Return the bytes of a packed text. */
async function unpack(text) {
  const packed = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** Return the value that a byte stands for on a scale with ends and, perhaps, logarithms. */
function valueOf(byte, { low, high, is_log: isLog }) {
  if (byte === UNKNOWN) return null;
  const share = byte / (UNKNOWN - 1);
  return isLog ? low * (high / low) ** share : low + share * (high - low);
}

/** Return red, green and blue of a colour such as `#3f90da`. */
function channels(colour) {
  return [1, 3, 5].map((start) => parseInt(colour.slice(start, start + 2), 16));
}
