/** The headers with which the front door tells Next what it found out; a client's own are replaced there. */
export const CLIENT_IP_HEADER = 'x-latchkey-client-ip';
export const REQUEST_ID_HEADER = 'x-request-id';
