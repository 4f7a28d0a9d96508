import cluster, { type Worker } from 'node:cluster';
import { Batcher } from '@/lib/gate/batcher';
import { type Allowance, type Limit, type Limits, LocalLimits } from '@/lib/gate/limits';

// What workers of one machine ask of one another goes through their parent, which has what they share.
type Take = [tokenId: string, limit: Limit];
type Word =
  | { word: 'take'; id: number; takes: Take[] }
  | { word: 'taken'; id: number; allowances: Allowance[] }
  /** This worker has a gate that is to be told of changes. */
  | { word: 'listens' }
  /** Of a worker: tell the others of a change. Of the parent: there is one. */
  | { word: 'doubt'; id: number }
  | { word: 'doubted'; id: number };

// The parent is on the same machine and lives: it answers within milliseconds.
const PATIENCE = 1000;
// What the database confirmed to a gate before a change holds no longer than this anyway (lib/gate/verify.ts), so nobody needs to wait longer.
const LONGEST_DOUBT = 500;

const isWord = (message: unknown): message is Word => typeof message === 'object' && message !== null && 'word' in message;

/** In the parent: gives what answers a worker's words, for all workers over one set of buckets. */
export function answerSiblings(): (worker: Worker) => void {
  const limits = new LocalLimits();
  const listening = new Set<Worker>();
  const doubts = new Map<number, { waiting: Set<Worker>; done: () => void }>();
  let asked = 0;

  function heard(id: number, worker: Worker): void {
    const doubt = doubts.get(id);
    if (doubt?.waiting.delete(worker) && doubt.waiting.size === 0) doubt.done();
  }

  /** Tells all but `from`, and waits until each has heard it or has ended. */
  async function tell(from: Worker): Promise<void> {
    const id = ++asked;
    const waiting = new Set([...listening].filter((worker) => worker !== from));
    if (waiting.size === 0) return;
    await new Promise<void>((done) => {
      const timer = setTimeout(done, LONGEST_DOUBT);
      doubts.set(id, { waiting, done: () => done(clearTimeout(timer)) });
      for (const worker of waiting) say(worker, { word: 'doubt', id });
    });
    doubts.delete(id);
  }

  return (worker) => {
    worker.once('exit', () => {
      listening.delete(worker);
      for (const id of doubts.keys()) heard(id, worker);
    });
    worker.on('message', (message: unknown) => {
      if (!isWord(message)) return;
      if (message.word === 'listens') listening.add(worker);
      else if (message.word === 'doubted') heard(message.id, worker);
      else if (message.word === 'doubt') void tell(worker).then(() => say(worker, { word: 'doubted', id: message.id }));
      else if (message.word === 'take') {
        const allowances = message.takes.map(([tokenId, limit]) => limits.take(tokenId, limit));
        say(worker, { word: 'taken', id: message.id, allowances });
      }
    });
  };
}

function say(worker: Worker, word: Word): void {
  if (worker.isConnected()) worker.send(word);
}

/** What a worker shares with the others of its machine. */
export type Siblings = {
  /** Limits counted by the parent, for all of them together; by this process for itself while the parent does not answer. */
  limits: Limits;
  /** Has `doubt` called whenever another one says that something has changed. */
  onDoubt: (doubt: () => void) => void;
  /** Says that something has changed: resolves when the others have heard it, or after half a second. */
  tell: () => Promise<void>;
};

/** In a worker: the way to the others. Undefined in a process that serves alone. */
export function joinSiblings(): Siblings | undefined {
  if (!cluster.isWorker) return undefined;
  const waiting = new Map<number, (answer: Word) => void>();
  let asked = 0;
  let doubt = () => {};
  process.on('message', (message: unknown) => {
    if (!isWord(message)) return;
    if (message.word === 'doubt') {
      doubt();
      tellParent({ word: 'doubted', id: message.id });
    } else if ('id' in message) waiting.get(message.id)?.(message);
  });

  /** What the parent answers to the word with this id; rejects after so many milliseconds. */
  function ask<Answer extends Word>(of: (id: number) => Word, milliseconds: number): Promise<Answer> {
    const id = ++asked;
    let timer: NodeJS.Timeout | undefined;
    const answer = new Promise<Word>((told, failed) => {
      timer = setTimeout(() => failed(new Error('the parent did not answer')), milliseconds);
      waiting.set(id, told);
      tellParent(of(id));
    });
    return (answer as Promise<Answer>).finally(() => {
      clearTimeout(timer);
      waiting.delete(id);
    });
  }

  const local = new LocalLimits();
  const takes = new Batcher<Take, Allowance>({
    inFlight: 4,
    largest: 500,
    waiting: 10_000,
    patience: PATIENCE,
    run: async (batch) => (await ask<Word & { word: 'taken' }>((id) => ({ word: 'take', id, takes: batch }), PATIENCE)).allowances,
  });

  return {
    // A limit guards against too much, it is not what keeps strangers out: without the parent it is counted here.
    limits: { take: (tokenId, limit) => takes.add([tokenId, limit]).catch(() => local.take(tokenId, limit)) },
    onDoubt(listener) {
      doubt = listener;
      tellParent({ word: 'listens' });
    },
    tell: () => ask((id) => ({ word: 'doubt', id }), LONGEST_DOUBT).then(noted, noted),
  };
}

function tellParent(word: Word): void {
  // Where the parent has ended this process is about to.
  if (process.connected) process.send?.(word, undefined, undefined, noted);
}

function noted(): void {}
