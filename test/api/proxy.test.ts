import assert from 'node:assert/strict';
import { request, type IncomingMessage } from 'node:http';
import { json } from 'node:stream/consumers';
import { describe, it } from 'node:test';
import { openStream } from '../helpers/event-stream.ts';
import { startJobServer } from '../helpers/job-server.ts';
import { uploadForm } from '../helpers/multipart.ts';
import { makeProjectZip } from '../helpers/project-zip.ts';
import { until } from '../helpers/until.ts';

async function ask(
  url: string,
  headers: Readonly<Record<string, string>>,
  body?: Buffer | string,
  from?: string,
): Promise<Record<string, unknown>> {
  const outgoing = request(url, {
    method: body === undefined ? 'GET' : 'POST',
    headers,
    agent: false,
    ...(from && { localAddress: from }),
  });
  outgoing.end(body);
  const response = await new Promise<IncomingMessage>((resolve, reject) =>
    outgoing.once('response', resolve).once('error', reject),
  );
  return (await json(response)) as Record<string, unknown>;
}

const forwarded = (address: string) => ({ 'x-forwarded-for': address });

describe('behind a proxy', () => {
  it('a pupil stays one pupil, whatever port or form the proxy adds to the address', async () => {
    const { base } = await startJobServer({ trustProxy: ['127.0.0.1'] });
    const forms = [
      ['203.0.113.7:50001', '203.0.113.7:50002', '203.0.113.7:50003', '203.0.113.7:50004'],
      ['[2001:db8::7]:50001', '2001:DB8::7', '[2001:db8:0::7]', '[2001:db8::7]:50004'],
      ['203.0.113.8', '::ffff:203.0.113.8', '[::ffff:cb00:7108]:1', '203.0.113.8:2'],
      // a client's own claim stands further left
      ['9.9.9.9, 203.0.113.9:1', '203.0.113.9:2', '127.0.0.1, 203.0.113.9', 'unknown, 203.0.113.9:4'],
    ] as const;
    for (const [listen, upload, train, ping] of forms) {
      const stream = await openStream(`${base}/listen`, { headers: forwarded(listen) });
      const { payload, headers } = uploadForm('case', await makeProjectZip({ id: 'case', trainConfig: { epochs: 1 } }));
      assert.equal((await ask(`${base}/upload`, { ...headers, ...forwarded(upload) }, payload))['result'], 'success');
      const { result, reason } = await ask(
        `${base}/train`,
        { 'content-type': 'application/json', ...forwarded(train) },
        '{"project":"case","train_config":{"epochs":1}}',
      );
      assert.equal(result, 'OK', String(reason));
      await stream.waitFor('train_end', 60_000);
      await until(
        async () => (await ask(`${base}/ping`, forwarded(ping)))['stage'] === 3,
        60_000,
        `stage 3 for ${ping}`,
      );
      // two computers of one network (an IPv6 /64) are two pupils
      const other =
        { '203.0.113.7:50004': '203.0.113.70', '[2001:db8::7]:50004': '2001:db8::8' }[ping as string] ?? '10.0.0.1';
      assert.equal((await ask(`${base}/ping`, forwarded(other)))['stage'], 0);
      stream.close();
      await ask(`${base}/terminate?project_id=case`, {});
    }
  });

  it('the addresses for the room are those of the proxy, and only its own requests change them', async () => {
    const { base } = await startJobServer({ trustProxy: ['127.0.0.1'], hosts: ['mai.school.th'] });
    const proxied = {
      ...forwarded('203.0.113.7'),
      ...{ 'x-forwarded-proto': 'https', 'x-forwarded-host': 'mai.school.th' },
    };
    const { https, http } = await ask(`${base}/addresses`, proxied);
    assert.deepEqual([https, http], [['https://mai.school.th'], []]);
    const direct = await ask(`${base}/addresses`, { ...proxied, host: 'mai.school.th' }, undefined, '127.0.0.2');
    assert.deepEqual([direct['https'], direct['http']], [[], []]);
  });

  it('the name that the proxy was asked under is the one that counts', async () => {
    const { base } = await startJobServer({ trustProxy: ['127.0.0.1'], hosts: ['mai.school.th'] });
    const result = async (headers: Readonly<Record<string, string>>, from?: string) =>
      (await ask(`${base}/ping`, { 'x-forwarded-proto': 'https', ...headers }, undefined, from))['result'];
    assert.equal(await result({ 'x-forwarded-host': 'mai.school.th', origin: 'https://mai.school.th' }), 'pong');
    assert.equal(await result({ 'x-forwarded-host': 'mai.school.th', origin: 'https://x.school.th' }), 'FAIL');
    assert.equal(await result({ 'x-forwarded-host': 'evil.example', origin: 'https://evil.example' }), 'FAIL');
    assert.equal(
      await result({ 'x-forwarded-host': 'mai.school.th', origin: 'https://mai.school.th' }, '127.0.0.2'),
      'FAIL',
      'no proxy says so',
    );
  });

  it('only the proxies that are named are believed, and what is no address is theirs', async () => {
    const { base } = await startJobServer({ trustProxy: ['127.0.0.1', '10.1.2.0/24'] });
    const { payload, headers } = uploadForm('mine', await makeProjectZip({ id: 'mine' }));
    const pupil = forwarded('203.0.113.7');
    const uploaded = await ask(`${base}/upload`, { ...headers, ...pupil }, payload);
    const asked = '{"project":"mine","train_config":{"epochs":1}}';
    const trained = await ask(`${base}/train`, { 'content-type': 'application/json', ...pupil }, asked);
    assert.deepEqual([uploaded['result'], trained['result']], ['success', 'OK']);
    const sees = async (address: string, from?: string) =>
      (await ask(`${base}/ping`, forwarded(address), undefined, from))['stage'] !== 0;
    await until(() => sees('203.0.113.7'), 60_000, 'a stage');
    assert.ok(await sees('203.0.113.7, 10.1.2.3:80'), 'a chain of two proxies, the inner one with its port');
    assert.ok(!(await sees('203.0.113.7', '127.0.0.2')), 'a client that writes the header itself');
    assert.ok(!(await sees('203.0.113.7, 10.1.3.3')), 'a stranger in between');
    for (const junk of ['203.0.113.7, unknown', '', ',', 'unknown', '\x80', '999.1.1.1', `${'1.1.1.1,'.repeat(900)}x`])
      assert.ok(!(await sees(junk)), JSON.stringify(junk.slice(0, 20)));
  });
});
