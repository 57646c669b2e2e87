import { hostname } from 'node:os';
import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { domainToASCII } from 'node:url';
import type { FastifyRequest } from 'fastify';
import type { Config } from '../config.ts';
import { originNotAllowed } from '../errors.ts';
import { listensOnNetwork } from '../address.ts';
import { HTTP_TIMES } from '../time-limits.ts';
import { isAdmittedOrigin, refusalOf, type AdmissionRules, type Refusal } from './admission.ts';
import type { App } from './app-type.ts';
import { hasKey } from './client-of.ts';
import { failOf } from './fail.ts';

// Decides about every request whether its sender may ask at all (admission.ts has the rules).

const MAX_LOGGED = 100;

/** Admission as requests see it. A request with a valid key is admitted wherever it comes from. */
export interface Gate {
  refusalOf(request: FastifyRequest): Refusal | undefined;
  /** The origin that CORS headers name; undefined: none. */
  originOf(request: FastifyRequest): string | undefined;
  /** The same whatever key the request has. */
  originWithoutKey(request: FastifyRequest): string | undefined;
  /** The same for bytes that never became a request. */
  originOfBroken(headers: Pick<IncomingMessage['headers'], 'host' | 'origin'>): string | undefined;
}

export type GateConfig = Pick<Config, 'host' | 'port' | 'httpsPort' | 'hosts' | 'origins'>;

export function createGate(config: GateConfig): Gate {
  const rules = rulesOf(config, hostname());
  const originOfBroken: Gate['originOfBroken'] = ({ host, origin }) =>
    isAdmittedOrigin(rules, { host, origin }) ? origin : undefined;
  const originWithoutKey: Gate['originWithoutKey'] = (request) =>
    originOfBroken({ host: request.host, origin: request.headers.origin });
  return {
    refusalOf(request) {
      if (hasKey(request)) return undefined;
      const { headers, method } = request;
      return refusalOf(rules, {
        host: headers.host,
        forwardedHost: request.host === headers.host ? undefined : request.host,
        origin: headers.origin,
        fetchSite: textOf(headers['sec-fetch-site']),
        fetchMode: textOf(headers['sec-fetch-mode']),
        fetchDest: textOf(headers['sec-fetch-dest']),
        changesState:
          request.routeOptions.config?.changesState === true || !['GET', 'HEAD', 'OPTIONS'].includes(method),
      });
    },
    originOf: (request) => (hasKey(request) ? request.headers.origin : originWithoutKey(request)),
    originWithoutKey,
    originOfBroken,
  };
}

export function rulesOf({ host, port, httpsPort, hosts, origins }: GateConfig, computer: string): AdmissionRules {
  // as browsers send it; what is no domain stays as it is
  const name = (domainToASCII(computer) || computer).toLowerCase().replace(/\.$/, '');
  const [short = name] = name.split('.');
  const named = isIP(host) === 0 ? [host.toLowerCase()] : [];
  return {
    hosts: new Set(['localhost', name, short, `${short}.local`, ...named, ...hosts]),
    origins: new Set(origins),
    ports: new Set([port, httpsPort].map(String)),
    admitsPrivate: listensOnNetwork(host),
  };
}

/** Refuse what the gate does not admit. Nothing goes to event streams: any page could fill them. */
export function registerGate(app: App, gate: Gate): void {
  const logged = new Map<string, number>();
  app.addHook('onRequest', async (request, reply) => {
    const refusal = gate.refusalOf(request);
    if (refusal === undefined) return;
    if (isNews(`${refusal.setting} ${refusal.value}`)) {
      const { setting, value } = refusal;
      request.log.warn(
        { route: request.routeOptions.url ?? 'unknown', setting, value: value?.slice(0, 200) },
        adviceOf(refusal),
      );
    }
    await reply
      .code(403)
      .type('application/json')
      .send(failOf(originNotAllowed(refusal.setting, refusal.value?.slice(0, 200) ?? '')));
  });

  function isNews(what: string): boolean {
    const now = performance.now();
    for (const [key, at] of logged) if (now - at > HTTP_TIMES.refusalLoggedAgainMs) logged.delete(key);
    if (logged.has(what) || logged.size >= MAX_LOGGED) return false;
    logged.set(what, now);
    return true;
  }
}

function adviceOf({ setting, value }: Refusal): string {
  if (value === undefined)
    return 'refused a page of another site that did not say which: one of your own must ask by fetch or XMLHttpRequest, and MAI_ORIGINS must list it';
  return setting === 'MAI_HOSTS'
    ? 'refused a request to a name that is not known to be this computer: if it is, list it in MAI_HOSTS'
    : 'refused a page of another site: if it is yours, list it in MAI_ORIGINS';
}

function textOf(value: string | string[] | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
