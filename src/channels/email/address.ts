/** "Léa <Lea@Example.org>" → "lea@example.org". */
export function bareMail(address: string): string {
  const inside = /<([^<>]+)>/.exec(address)?.[1] ?? address;
  return inside.trim().toLowerCase();
}

/** "<abc@mona.example>" → "abc@mona.example": the form in which a message id is kept as `sid`. */
export function bareMessageId(id: string): string {
  return id.trim().replace(/^</, '').replace(/>$/, '');
}
