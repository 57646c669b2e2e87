import type { StoreSettings } from '../../config.ts';
import { STORE_TIMES } from '../times.ts';
import type { BlobStore } from './blob-store.ts';

// An S3 bucket, at AWS or at a server that speaks the same (MinIO, Ceph), by the official client.

const SHA256 = /^[0-9a-f]{64}$/;
/** Photos of several trainings are on their way at once. */
const MOST_CONNECTIONS = 32;

/** Its packages are loaded here, so that a server without a bucket does without them. */
export async function openS3(
  { bucket: Bucket, prefix, ...settings }: StoreSettings,
  answerMs: number = STORE_TIMES.answerMs,
): Promise<BlobStore> {
  const { getSignedUrl } = await import('@aws-sdk/s3-request-presigner');
  const s3 = await import('@aws-sdk/client-s3');
  const client = new s3.S3Client(clientOptions(settings));
  const at = (sha256: string) => ({ Bucket, Key: prefix + sha256 });
  const limited = () => ({ abortSignal: AbortSignal.timeout(answerMs) });

  return {
    async look(sha256) {
      try {
        const { ContentLength = 0, LastModified } = await client.send(new s3.HeadObjectCommand(at(sha256)), limited());
        return { sha256, bytes: ContentLength, putMs: LastModified?.getTime() ?? 0 };
      } catch (error) {
        if (error instanceof s3.NotFound) return undefined;
        throw error;
      }
    },
    async put(sha256, content) {
      const ChecksumSHA256 = Buffer.from(sha256, 'hex').toString('base64');
      const put = new s3.PutObjectCommand({ ...at(sha256), Body: content, ChecksumSHA256 });
      const { VersionId = 'null' } = await client.send(put, limited());
      return { keepsVersions: VersionId !== 'null' };
    },
    addressOf: (sha256) =>
      getSignedUrl(client, new s3.GetObjectCommand(at(sha256)), { expiresIn: STORE_TIMES.addressMs / 1000 }),
    async remove(sha256) {
      await client.send(new s3.DeleteObjectCommand(at(sha256)), limited());
    },
    async *list() {
      // page by page: the paginator of the package waits for a page without an end
      for (let from: string | undefined, isLast = false; !isLast; isLast = from === undefined) {
        const page = new s3.ListObjectsV2Command({ Bucket, Prefix: prefix, ContinuationToken: from });
        const { Contents = [], NextContinuationToken } = await client.send(page, limited());
        for (const { Key = '', Size = 0, LastModified } of Contents) {
          const sha256 = Key.slice(prefix.length);
          if (SHA256.test(sha256)) yield { sha256, bytes: Size, putMs: LastModified?.getTime() ?? 0 };
        }
        from = NextContinuationToken;
      }
    },
    close: () => client.destroy(),
  };
}

function clientOptions({ endpoint, region, accessKeyId, secretAccessKey }: Omit<StoreSettings, 'bucket' | 'prefix'>) {
  return {
    region,
    // buckets of servers other than AWS have no name of their own in the network
    ...(endpoint !== undefined && { endpoint, forcePathStyle: true }),
    ...(accessKeyId !== undefined &&
      secretAccessKey !== undefined && { credentials: { accessKeyId, secretAccessKey } }),
    maxAttempts: 2,
    // the hash is sent with what is put; servers of other makers refuse checksums that they do not know
    requestChecksumCalculation: 'WHEN_REQUIRED' as const,
    responseChecksumValidation: 'WHEN_REQUIRED' as const,
    requestHandler: {
      connectionTimeout: STORE_TIMES.answerMs,
      requestTimeout: STORE_TIMES.answerMs,
      throwOnRequestTimeout: true,
      httpAgent: { keepAlive: true, maxSockets: MOST_CONNECTIONS },
      httpsAgent: { keepAlive: true, maxSockets: MOST_CONNECTIONS },
    },
  };
}
