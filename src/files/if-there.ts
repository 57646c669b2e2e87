import { isNoPath } from '../system-errors.ts';

/** What is asked of a path, or `otherwise` if nothing lies there. */
export async function ifThere<Value, Otherwise>(
  asked: Promise<Value>,
  otherwise: Otherwise,
): Promise<Value | Otherwise> {
  try {
    return await asked;
  } catch (error) {
    if (isNoPath(error)) return otherwise;
    throw error;
  }
}
