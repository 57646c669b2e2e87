import { useEffect, useState } from 'preact/hooks';
import type { InferenceAnswer } from '../../src/models/schemas.ts';
import { say } from '../core/language.ts';
import { sentenceOf } from '../room/actions.ts';
import type { Card } from '../room/types.ts';
import { Answers } from './answers.tsx';
import { ask } from './ask.ts';
import { Camera } from './camera.tsx';
import { Microphone } from './microphone.tsx';
import { Picture } from './picture.tsx';

const DEFAULT_THRESHOLD = 0.5;

interface Shown {
  readonly media?: Blob;
  readonly answer?: InferenceAnswer;
  readonly trouble?: string;
}

/** Show the model something new: a file, the phone's camera, or this computer's. */
export function TryIt({ card }: { readonly card: Card }) {
  const [shown, setShown] = useState<Shown>({});
  const [threshold, setThreshold] = useState(DEFAULT_THRESHOLD);
  const [isLive, setLive] = useState(false);
  const isSound = card.type === 'VOICE_CLASSIFICATION';
  const askAbout = async (media: Blob, signal?: AbortSignal) => {
    try {
      setShown({ media, answer: await ask(card, media, signal) });
    } catch (error) {
      if (!signal?.aborted) setShown({ media, trouble: sentenceOf(error) });
    }
  };
  // another model answers differently
  useEffect(() => setShown({}), [card.id]);
  if (card.result === null && card.stage < 2)
    return (
      <section aria-labelledby="try">
        <h2 id="try">{say('part.try')}</h2>
        <p>{say('try.none')}</p>
      </section>
    );
  return (
    <section class="try" aria-labelledby="try">
      <h2 id="try">{say('part.try')}</h2>
      <p>{say(isSound ? 'try.how_sound' : 'try.how')}</p>
      <div class="buttons">
        <FileButton isSound={isSound} isCapture={false} onFile={(file) => void askAbout(file)} />
        {!isSound && isTouch() && <FileButton isSound={false} isCapture onFile={(file) => void askAbout(file)} />}
        {isSound && canUseCamera() && <Microphone onClip={(clip) => void askAbout(clip)} />}
        {!isSound && canUseCamera() && (
          <button type="button" aria-pressed={isLive} onClick={() => setLive(!isLive)}>
            {say(isLive ? 'try.camera_off' : 'try.camera')}
          </button>
        )}
      </div>
      {!canUseCamera() && <p class="note">{say(isSound ? 'try.no_microphone_here' : 'try.no_camera_here')}</p>}
      <div class="sides">
        {isLive ? (
          <Camera onPhoto={askAbout} onRefused={() => setLive(false)} boxes={shown.answer?.boxes} />
        ) : (
          shown.media && <Picture media={shown.media} isSound={isSound} answer={shown.answer} />
        )}
        {shown.trouble !== undefined && <p class="why">{shown.trouble}</p>}
        {shown.answer && <Answers card={card} answer={shown.answer} threshold={threshold} onThreshold={setThreshold} />}
      </div>
    </section>
  );
}

interface FileButtonProps {
  readonly isSound: boolean;
  readonly isCapture: boolean;
  readonly onFile: (file: File) => void;
}

/** A file, or what the phone's camera takes now. */
function FileButton({ isSound, isCapture, onFile }: FileButtonProps) {
  const choose = (event: Event & { readonly currentTarget: HTMLInputElement }) => {
    const [file] = event.currentTarget.files ?? [];
    if (file !== undefined) onFile(file);
    // the same file may be chosen again
    event.currentTarget.value = '';
  };
  return (
    <label class="button main file">
      {say(isCapture ? 'try.take' : isSound ? 'try.choose_sound' : 'try.choose')}
      <input
        type="file"
        accept={isSound ? 'audio/*,.wav' : 'image/*'}
        {...(isCapture && { capture: 'environment' as const })}
        onChange={choose}
      />
    </label>
  );
}

function isTouch(): boolean {
  return matchMedia('(pointer: coarse)').matches;
}

/** Browsers give the camera to https and to this computer only. */
function canUseCamera(): boolean {
  return isSecureContext && navigator.mediaDevices !== undefined;
}
