import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';
import { parse } from 'yaml';

/** The words of the pages are kept as YAML, like those of the flows; the browser gets them as a plain object. */
function yamlWords(): Plugin {
  return {
    name: 'yaml-words',
    transform(source, id) {
      if (!id.endsWith('.yaml')) return null;
      return { code: `export default ${JSON.stringify(parse(source))}`, map: null };
    },
  };
}

export default defineConfig({
  root: 'src/web',
  plugins: [react(), yamlWords()],
  build: {
    outDir: '../../dist/web',
    emptyOutDir: true,
    target: ['chrome125', 'firefox125', 'safari17.5'],
    reportCompressedSize: true,
    // How long a slow machine's build took in each plugin is of no use to who starts the product.
    rolldownOptions: { checks: { pluginTimings: false } },
  },
});
