declare module '*.module.css' {
  const classes: Readonly<Record<string, string>>;
  export default classes;
}

declare module '*.css';

declare module '*.svg' {
  const address: string;
  export default address;
}

declare module '*.yaml?account' {
  const words: Record<string, unknown>;
  export default words;
}

declare module '*.yaml?pages' {
  const words: Record<string, unknown>;
  export default words;
}

declare module '*.yaml' {
  const words: Record<string, unknown>;
  export default words;
}
