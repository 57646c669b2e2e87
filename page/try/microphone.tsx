import { useEffect, useRef, useState } from 'preact/hooks';
import { announce } from '../core/announce.ts';
import { say } from '../core/language.ts';
import { wavOf } from './wav.ts';

/** A word takes less than a second; somebody needs a moment to begin. */
const RECORDED_MS = 2_000;
/** What the networks of sounds learn from. */
const SAMPLE_RATE = 16_000;

/** Records a word with this device's microphone. */
export function Microphone({ onClip }: { readonly onClip: (clip: Blob) => void }) {
  const [isRecording, setRecording] = useState(false);
  const gone = useRef(new AbortController());
  useEffect(() => () => gone.current.abort(), []);
  const record = async () => {
    setRecording(true);
    try {
      const clip = await recorded(gone.current.signal);
      if (!gone.current.signal.aborted) onClip(clip);
    } catch {
      if (!gone.current.signal.aborted) announce(say('try.microphone_refused'), true);
    } finally {
      setRecording(false);
    }
  };
  return (
    <button type="button" disabled={isRecording} onClick={() => void record()}>
      {say(isRecording ? 'try.recording' : 'try.record')}
    </button>
  );
}

async function recorded(signal: AbortSignal): Promise<Blob> {
  const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
  try {
    const recorder = new MediaRecorder(stream);
    const parts: Blob[] = [];
    recorder.ondataavailable = ({ data }) => parts.push(data);
    const ended = new Promise((resolve) => {
      recorder.onstop = resolve;
    });
    recorder.start();
    const stop = () => recorder.state === 'recording' && recorder.stop();
    signal.addEventListener('abort', stop);
    setTimeout(stop, RECORDED_MS);
    await ended;
    return new Blob([await asWav(await new Blob(parts).arrayBuffer())], { type: 'audio/wav' });
  } finally {
    for (const track of stream.getTracks()) track.stop();
  }
}

/** Browsers record in formats of their own; the server reads WAV. */
async function asWav(recording: ArrayBuffer): Promise<ArrayBuffer> {
  const context = new OfflineAudioContext(1, SAMPLE_RATE, SAMPLE_RATE);
  const sound = await context.decodeAudioData(recording);
  return wavOf(sound.getChannelData(0), sound.sampleRate);
}
