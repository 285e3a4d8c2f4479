/** A copy of an object whose async methods never answer again once it is dead: what a killed process looks like to others. */
export interface Mortal<T> {
  readonly alive: T;
  die(): void;
}

export function mortal<T extends object>(object: T): Mortal<T> {
  let isDead = false;
  const silence = new Promise<never>(() => {});

  const alive = new Proxy(object, {
    get(target, name) {
      const method = Reflect.get(target, name);
      if (typeof method !== 'function') return method;
      return async (...args: unknown[]) => {
        if (isDead) return silence;
        const result = await method.apply(target, args);
        return isDead ? silence : result;
      };
    },
  });

  return {
    alive,
    die() {
      isDead = true;
    },
  };
}
