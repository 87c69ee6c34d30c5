/**
 * Plans as they come over the socket: a header of 16 bytes and a deflated body of columns, little endian.
 *
 *     u16 magic "TK" · u8 version · u8 type · u32 seq · u32 count · u32 engagements
 *     i32[count] setup_start, start, run_end, end · i32[engagements] operation, begin, end
 *     u16[count] machine, flags · u16[engagements] operator
 *
 * Times are ticks since the scene's epoch. The position in a column is the operation's number in the scene.
 */

const MAGIC = 0x4b54;
const VERSION = 1;
const TYPE_PLAN = 1;
const HEADER_BYTES = 16;

/** Bits of `Frame.flags`. */
export const Flag = Object.freeze({ DONE: 1, STARTED: 2, PINNED: 4, FROZEN: 8, MAY_PAUSE: 16 });

/**
 * @typedef {Object} Frame
 * @property {number} seq number of the event that brought it; grows within a run
 * @property {number} count operations
 * @property {number} engagements people at work on operations: rows of the three columns below
 * @property {Int32Array} setupStart
 * @property {Int32Array} start
 * @property {Int32Array} runEnd
 * @property {Int32Array} end
 * @property {Uint16Array} machine
 * @property {Uint16Array} flags see `Flag`
 * @property {Int32Array} engagedOperation
 * @property {Int32Array} engagedBegin
 * @property {Int32Array} engagedEnd
 * @property {Uint16Array} engagedOperator
 */

/** The bytes are not a plan that this version can read. */
export class FrameError extends Error {
  /** @param {string} message */
  constructor(message) {
    super(message);
    this.name = "FrameError";
  }
}

/**
 * @param {ArrayBuffer} buffer
 * @returns {{seq: number, count: number, engagements: number}}
 * @throws {FrameError}
 */
export function readHeader(buffer) {
  if (buffer.byteLength < HEADER_BYTES) throw new FrameError(`A frame of ${buffer.byteLength} bytes has no header`);
  const header = new DataView(buffer);
  if (header.getUint16(0, true) !== MAGIC) throw new FrameError("These bytes are not a frame");
  if (header.getUint8(2) !== VERSION) throw new FrameError(`Frame version ${header.getUint8(2)} is unknown`);
  if (header.getUint8(3) !== TYPE_PLAN) throw new FrameError(`Frame type ${header.getUint8(3)} is unknown`);
  return {
    seq: header.getUint32(4, true),
    count: header.getUint32(8, true),
    engagements: header.getUint32(12, true),
  };
}

/**
 * @param {Uint8Array<ArrayBuffer>} bytes
 * @returns {Promise<ArrayBuffer>}
 * @throws {FrameError} when the stream is broken
 */
async function inflate(bytes) {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  try {
    return await new Response(stream).arrayBuffer();
  } catch (error) {
    throw new FrameError(`The body of the frame does not inflate: ${error}`);
  }
}

/**
 * @param {ArrayBuffer} buffer
 * @returns {Promise<Frame>}
 * @throws {FrameError}
 */
export async function decodeFrame(buffer) {
  const { seq, count, engagements } = readHeader(buffer);
  const body = await inflate(new Uint8Array(buffer, HEADER_BYTES));
  const expected = 4 * (4 * count + 3 * engagements) + 2 * (2 * count + engagements);
  if (body.byteLength !== expected) {
    throw new FrameError(`The body of the frame has ${body.byteLength} bytes instead of ${expected}`);
  }
  let at = 0;
  /** @param {number} length */
  const ints = (length) => {
    const column = new Int32Array(body, at, length);
    at += 4 * length;
    return column;
  };
  /** @param {number} length */
  const shorts = (length) => {
    const column = new Uint16Array(body, at, length);
    at += 2 * length;
    return column;
  };
  return {
    seq,
    count,
    engagements,
    setupStart: ints(count),
    start: ints(count),
    runEnd: ints(count),
    end: ints(count),
    engagedOperation: ints(engagements),
    engagedBegin: ints(engagements),
    engagedEnd: ints(engagements),
    machine: shorts(count),
    flags: shorts(count),
    engagedOperator: shorts(engagements),
  };
}
