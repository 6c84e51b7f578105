/** The page of an exported network: it says of what class a picture is that is chosen, dropped, pasted or filmed. */
import { percent } from '../../../util/number-text.js';
import { oneLine } from '../../../util/one-line.js';
import { loadModel, type Model } from './model.js';

/** Classes that are shown. */
const TOP = 5;

const element = <T extends HTMLElement>(id: string): T => document.getElementById(id) as T;
const canvas = element<HTMLCanvasElement>('picture');
const context = canvas.getContext('2d', { willReadFrequently: true })!;
const video = document.createElement('video');
video.muted = true;
video.playsInline = true;

/** Names are texts and nothing else: whatever a class or a file is called, it is only ever shown. */
function say(text: string): void {
  element('status').textContent = oneLine(text);
}

function show(model: Model, source: CanvasImageSource, width: number, height: number): void {
  canvas.width = width;
  canvas.height = height;
  context.drawImage(source, 0, 0);
  const classes = model.classify(context.getImageData(0, 0, width, height), TOP);
  canvas.hidden = false;
  element('answers').replaceChildren(
    ...classes.map(({ name, probability }) => {
      const row = document.createElement('li');
      const bar = document.createElement('meter');
      bar.value = probability;
      const label = document.createElement('span');
      label.textContent = oneLine(name);
      const share = document.createElement('span');
      share.textContent = percent(probability);
      row.append(label, bar, share);
      return row;
    }),
  );
}

async function showFile(model: Model, file: File): Promise<void> {
  stopCamera();
  try {
    const picture = await createImageBitmap(file);
    show(model, picture, picture.width, picture.height);
    picture.close();
    say(file.name);
  } catch {
    say(`not an image that this browser reads: ${file.name}`);
  }
}

async function startCamera(model: Model): Promise<void> {
  try {
    video.srcObject = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' } });
    await video.play();
  } catch (error) {
    say(`no camera: ${(error as Error).message}`);
    return;
  }
  element('camera').textContent = 'Stop the camera';
  say('what the camera sees');
  const next = (): void => {
    if (video.srcObject === null) return;
    if (video.videoWidth > 0) show(model, video, video.videoWidth, video.videoHeight);
    requestAnimationFrame(next);
  };
  next();
}

function stopCamera(): void {
  for (const track of (video.srcObject as MediaStream | null)?.getTracks() ?? []) track.stop();
  video.srcObject = null;
  element('camera').textContent = 'Use the camera';
}

function listen(model: Model): void {
  const first = (files: FileList | undefined): void => {
    if (files?.[0] !== undefined) void showFile(model, files[0]);
  };
  const chooser = element<HTMLInputElement>('file');
  chooser.addEventListener('change', () => first(chooser.files ?? undefined));
  // A file that is dropped beside the field would otherwise take the place of the page.
  addEventListener('dragover', (event) => event.preventDefault());
  addEventListener('drop', (event) => {
    event.preventDefault();
    first(event.dataTransfer?.files);
  });
  addEventListener('paste', (event) => first(event.clipboardData?.files));
  const camera = element<HTMLButtonElement>('camera');
  camera.disabled = false;
  camera.addEventListener('click', () => {
    if (video.srcObject === null) void startCamera(model);
    else stopCamera();
  });
}

try {
  const model = await loadModel();
  document.title = element('name').textContent = oneLine(model.name);
  listen(model);
  say(`ready: ${model.classes.length} classes`);
} catch (error) {
  say(`the network cannot be loaded: ${(error as Error).message}`);
}
