import { useEffect, useState } from 'preact/hooks';
import type { InferenceAnswer } from '../../src/models/schemas.ts';
import { say } from '../core/language.ts';
import { Boxes } from './boxes.tsx';

interface PictureProps {
  readonly media: Blob;
  readonly isSound: boolean;
  readonly answer: InferenceAnswer | undefined;
}

/** What was asked about, with the boxes that were found. */
export function Picture({ media, isSound, answer }: PictureProps) {
  const [url, setUrl] = useState('');
  const [size, setSize] = useState({ width: 0, height: 0 });
  useEffect(() => {
    const made = URL.createObjectURL(media);
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [media]);
  if (url === '') return null;
  // biome-ignore lint/a11y/useMediaCaption: it is the pupil's own clip, of a second
  if (isSound) return <audio controls src={url} />;
  return (
    <div class="picture">
      <img
        src={url}
        alt={say('try.your_photo')}
        onLoad={({ currentTarget }) =>
          setSize({ width: currentTarget.naturalWidth, height: currentTarget.naturalHeight })
        }
      />
      {answer?.boxes && size.width > 0 && <Boxes boxes={answer.boxes} {...size} />}
    </div>
  );
}
