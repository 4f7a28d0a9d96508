import { notFound } from 'next/navigation';
import { AppError } from '@/lib/errors';

/** For pages: what `read` gives; the page "not found" where it refuses with `not_found`, for what is missing and what is hidden alike. */
export async function found<T>(read: Promise<T>): Promise<T> {
  try {
    return await read;
  } catch (error) {
    if (error instanceof AppError && error.code === 'not_found') notFound();
    throw error;
  }
}
