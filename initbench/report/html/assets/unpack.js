// Unpacking: what `packing.py` packed.

const UNKNOWN = 255;

/** Return the bytes of a packed text. */
async function unpack(text) {
  const packed = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** Return the value that a byte stands for on a scale with ends and, perhaps, logarithms. */
function valueOf(byte, scale) {
  if (byte === UNKNOWN) return null;
  const share = byte / (UNKNOWN - 1);
  if (!scale.log) return scale.low + share * (scale.high - scale.low);
  return scale.low * (scale.high / scale.low) ** share;
}

/** Return red, green and blue of a colour such as `#3f90da`. */
function channels(colour) {
  return [1, 3, 5].map((start) => parseInt(colour.slice(start, start + 2), 16));
}
