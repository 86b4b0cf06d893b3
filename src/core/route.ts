/** Who hears an arrival (conversation.md §1, R1–R13; first match wins). */
export type RouteRule =
  | 'carrier' | 'stop' | 'start' | 'auto' | 'held' | 'escalate' | 'tap' | 'quote' | 'question' | 'late' | 'keyword' | 'vip' | 'catch-all';
