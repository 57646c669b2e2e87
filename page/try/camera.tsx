import { useEffect, useRef, useState } from 'preact/hooks';
import type { AnswerBox } from '../../src/models/schemas.ts';
import { announce } from '../core/announce.ts';
import { say } from '../core/language.ts';
import { Boxes } from './boxes.tsx';

interface CameraProps {
  /** Resolves when the answer is there: the next photo is taken then. */
  readonly onPhoto: (photo: Blob, signal: AbortSignal) => Promise<void>;
  readonly onRefused: () => void;
  readonly boxes: readonly AnswerBox[] | undefined;
}

const WIDTH = 320;
const PAUSE_MS = 60;

/** This device's camera, live: one photo is asked about at a time. It is switched off when the screen is left. */
export function Camera({ onPhoto, onRefused, boxes }: CameraProps) {
  const video = useRef<HTMLVideoElement>(null);
  const [size, setSize] = useState({ width: 0, height: 0 });
  useEffect(() => {
    const gone = new AbortController();
    void look(gone.signal);
    return () => gone.abort();

    async function look(signal: AbortSignal): Promise<void> {
      try {
        const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment', width: 640 } });
        const end = () => stream.getTracks().forEach((track) => track.stop());
        signal.addEventListener('abort', end);
        if (signal.aborted || video.current === null) return end();
        video.current.srcObject = stream;
        await video.current.play();
      } catch {
        if (signal.aborted) return;
        announce(say('try.camera_refused'), true);
        return onRefused();
      }
      while (!signal.aborted && video.current !== null) {
        const photo = await photoOf(video.current, setSize);
        if (photo !== undefined && !document.hidden) await onPhoto(photo, signal);
        await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      }
    }
  }, []);
  return (
    <div class="picture">
      <video ref={video} muted playsInline aria-label={say('try.camera')} />
      {boxes && size.width > 0 && <Boxes boxes={boxes} {...size} />}
    </div>
  );
}

async function photoOf(
  video: HTMLVideoElement,
  onSize: (size: { width: number; height: number }) => void,
): Promise<Blob | undefined> {
  if (video.videoWidth === 0) return undefined;
  const canvas = document.createElement('canvas');
  canvas.width = WIDTH;
  canvas.height = Math.round((video.videoHeight / video.videoWidth) * WIDTH);
  onSize({ width: canvas.width, height: canvas.height });
  canvas.getContext('2d')?.drawImage(video, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve) => canvas.toBlob((blob) => resolve(blob ?? undefined), 'image/jpeg', 0.85));
}
