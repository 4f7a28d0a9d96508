'use client';

import { useEffect, useRef, useState } from 'react';

const PAUSE = 250;

/**
 * The text of a control that filters while one types: sent after a pause (in milliseconds), and never replaced under
 * somebody's hands by the answer to what they typed before.
 */
export function useTyped(value: string, send: (text: string) => void, pause = PAUSE) {
  const [text, setText] = useState(value);
  // What was sent and has not been overtaken: answers come late, and in between one types on.
  const sent = useRef([value]);

  useEffect(() => {
    const place = sent.current.indexOf(value);
    // Not ours: the address changed by another way, such as Back, "Clear" or a link.
    if (place === -1) setText(value);
    sent.current = place === -1 ? [value] : sent.current.slice(place);
  }, [value]);

  useEffect(() => {
    if (text === sent.current.at(-1)) return;
    const timer = setTimeout(() => {
      sent.current.push(text);
      send(text);
    }, pause);
    return () => clearTimeout(timer);
  }, [text, send, pause]);

  return [text, setText] as const;
}
