import { useRef, useState, type ClipboardEvent, type DragEvent } from 'react';

const hasFiles = ({ types }: DataTransfer): boolean => types.includes('Files');

/** The file that is being pasted; null for words, also where their program offers a picture of them beside. */
export function pastedFile({ clipboardData }: ClipboardEvent): File | null {
  return clipboardData.types.includes('text/plain') ? null : (clipboardData.files[0] ?? null);
}

/** Takes the file that is dropped onto what these handlers stand on, and says while one hangs over it. */
export function useFileDrop(onFile: (file: File) => void) {
  const [isOver, setIsOver] = useState(false);
  // Every child that is entered and left tells: only the last leaving leaves.
  const depth = useRef(0);
  const move = (by: number, { dataTransfer }: DragEvent): void => {
    if (!hasFiles(dataTransfer)) return;
    depth.current += by;
    setIsOver(depth.current > 0);
  };
  return {
    isOver,
    handlers: {
      onDragEnter: (event: DragEvent): void => move(1, event),
      onDragLeave: (event: DragEvent): void => move(-1, event),
      onDragOver: (event: DragEvent): void => {
        if (hasFiles(event.dataTransfer)) event.preventDefault();
      },
      onDrop: (event: DragEvent): void => {
        if (!hasFiles(event.dataTransfer)) return;
        event.preventDefault();
        depth.current = 0;
        setIsOver(false);
        const [file] = event.dataTransfer.files;
        if (file) onFile(file);
      },
    },
  };
}
