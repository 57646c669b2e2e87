import { urlOf, urlWithName } from '../core/api.ts';
import { segment } from '../core/base.ts';
import { say } from '../core/language.ts';

/** model.zip, which the board's files are in. */
export function DownloadLink({ id }: { readonly id: string }) {
  return (
    <a class="button" href={urlOf(`/download_model?${new URLSearchParams({ project_id: id })}`)} download>
      {say('button.download')}
    </a>
  );
}

/** The whole project with the model inside, for the IDE to open. */
export function ProjectLink({ id }: { readonly id: string }) {
  return (
    <>
      <a class="button" href={urlWithName(`/projects/${segment(id)}/project_trained.zip`)} download>
        {say('button.download_project')}
      </a>
      <p class="note">{say('result.project_means')}</p>
    </>
  );
}
