import { request } from 'node:https';

export interface HttpsAnswer {
  readonly status: number;
  readonly type: string | undefined;
  readonly text: string;
}

export interface HttpsRequest {
  /** PEM of the one authority that is believed. */
  readonly ca: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer;
}

/** A request as a browser sends it that trusts the authority; rejects where the certificate is not good for the address. */
export function httpsRequest(
  url: string,
  { ca, method = 'GET', headers = {}, body }: HttpsRequest,
): Promise<HttpsAnswer> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { ca, method, headers, agent: false }, async (response) => {
      let text = '';
      for await (const part of response.setEncoding('utf8')) text += part;
      resolve({ status: response.statusCode ?? 0, type: response.headers['content-type'], text });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}
