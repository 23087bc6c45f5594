/**
 * A loader that is asked at most once in `milliseconds`, however many want its answer; a failure is not
 * remembered.
 */
export function remember<T>(load: () => Promise<T>, milliseconds: number): () => Promise<T> {
  let answer: Promise<T> | null = null;
  let until = 0;
  return () => {
    if (answer !== null && performance.now() < until) return answer;
    const loading = load();
    answer = loading;
    until = performance.now() + milliseconds;
    loading.catch(() => {
      if (answer === loading) answer = null;
    });
    return loading;
  };
}
