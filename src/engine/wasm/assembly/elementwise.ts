export function nothing(_tid: i32, _items: i32): void {}
