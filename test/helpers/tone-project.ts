import { buffer } from 'node:stream/consumers';
import yazl from 'yazl';

const RATE = 48_000;

/** A voice project as the IDE sends it: every label a tone of its own, recorded at 48 kHz with a little noise. */
export async function makeToneProject(
  id: string,
  tones: Readonly<Record<string, number>>,
  clipsPerLabel: number,
  seconds = 1,
): Promise<Buffer> {
  const zip = new yazl.ZipFile();
  const labels = Object.keys(tones);
  zip.addBuffer(
    Buffer.from(
      JSON.stringify({
        id,
        name: 'tones',
        projectType: 'VOICE_CLASSIFICATION',
        currentBoard: { id: 'kidbright-mai' },
        labels: labels.map((label) => ({ label })),
        trainConfig: {
          modelType: 'voice-cnn',
          epochs: 4,
          batch_size: 32,
          learning_rate: 0.001,
          train_split: 75,
          validateMatrix: 'val_accuracy',
          saveMethod: 'best',
        },
      }),
    ),
    'project.json',
  );
  for (const label of labels) {
    for (let n = 0; n < clipsPerLabel; n += 1)
      zip.addBuffer(tone(tones[label] ?? 0, n, seconds), `dataset/sound/${label}/${label}-${n}.wav`);
  }
  zip.end();
  return buffer(zip.outputStream);
}

/** 16-bit PCM mono in a RIFF/WAVE file. */
export function tone(hertz: number, variant: number, seconds: number): Buffer {
  const samples = Math.round(RATE * seconds);
  const wav = Buffer.alloc(44 + samples * 2);
  wav.write('RIFF', 0);
  wav.writeUInt32LE(36 + samples * 2, 4);
  wav.write('WAVEfmt ', 8);
  wav.writeUInt32LE(16, 16);
  wav.writeUInt16LE(1, 20);
  wav.writeUInt16LE(1, 22);
  wav.writeUInt32LE(RATE, 24);
  wav.writeUInt32LE(RATE * 2, 28);
  wav.writeUInt16LE(2, 32);
  wav.writeUInt16LE(16, 34);
  wav.write('data', 36);
  wav.writeUInt32LE(samples * 2, 40);
  const start = Math.round(samples * (0.2 + 0.03 * (variant % 7)));
  let noise = variant + 1;
  for (let n = 0; n < samples; n += 1) {
    noise = (Math.imul(noise, 1_103_515_245) + 12_345) >>> 0;
    const isOn = n >= start && n < start + samples / 2;
    const value =
      (isOn ? 9000 * Math.sin((2 * Math.PI * hertz * (1 + 0.01 * (variant % 5)) * n) / RATE) : 0) +
      (noise / 2 ** 32 - 0.5) * 600;
    wav.writeInt16LE(Math.round(value), 44 + n * 2);
  }
  return wav;
}
