// Reads a capture file beside the page: in a worker, so that the page stays alive whatever the file is, and piece by piece, so that a
// large one needs little memory. The reading itself is the studio's (web/src/captures/work.rs). The file goes nowhere.
//
//   page: { open: File, module, wasm }  ->  { progress: octets, streams }, ..., { listing: text, begins: octets }
//   page: { take: stream }              ->  { progress: octets }, ...,          { packets: octets, taken: stream }
//   any time                            ->  { failed: text }

const PIECE = 4 << 20;

let file;
let lab;
let survey;

const octets = async (from, to) => new Uint8Array(await file.slice(from, to).arrayBuffer());

async function open({ open: opened, module, wasm }) {
  file = opened;
  lab = await import(module);
  await lab.default({ module_or_path: wasm });
  survey = new lab.CaptureSurvey();
  const begins = await octets(0, 16);
  let next = octets(0, PIECE);
  for (let at = 0; at < file.size; at += PIECE) {
    const piece = await next;
    next = octets(at + PIECE, at + 2 * PIECE); // read ahead while this one is gone through
    next.catch(() => {}); // a failure shows when it is waited for
    const more = survey.feed(piece);
    postMessage({ progress: Math.min(at + PIECE, file.size), streams: survey.streams() });
    if (!more) break;
  }
  postMessage({ listing: survey.end(), begins });
}

async function take({ take: stream }) {
  const extract = survey.extract(stream);
  for (let part = 0; part < extract.parts(); part += 1) {
    const more = extract.take(part, await octets(extract.from(part), extract.to(part)));
    postMessage({ progress: part + 1, streams: extract.parts() });
    if (!more) break;
  }
  const packets = extract.finish();
  postMessage({ packets, taken: stream }, [packets.buffer]);
}

addEventListener("message", async ({ data }) => {
  try {
    await ("open" in data ? open(data) : take(data));
  } catch (error) {
    // The browser's own word for a file that is gone, changed or locked since it was chosen.
    const lost = error instanceof DOMException && (error.name === "NotReadableError" || error.name === "NotFoundError");
    postMessage({ failed: String(error), lost });
  }
});
