import { urlOf } from '../core/api.ts';
import { say } from '../core/language.ts';

/** model.zip, which the board's files are in. */
export function DownloadLink({ id }: { readonly id: string }) {
  return (
    <a class="button" href={urlOf(`/download_model?${new URLSearchParams({ project_id: id })}`)} download>
      {say('button.download')}
    </a>
  );
}
