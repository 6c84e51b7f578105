export function fillZero(_tid: i32, _items: i32, at: usize, bytes: i32): void {
  memory.fill(at, 0, bytes);
}
