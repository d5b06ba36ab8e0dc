/** Amounts of resources. Source: k8s.io/apimachinery/pkg/api/resource */

const units: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  "": 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/** NaN for text that is not a quantity. */
export function amountOf(quantity: number | string): number {
  const [, number = "", unit = ""] = /^([-+]?[\d.]+(?:[eE][-+]?\d+)?)([a-zA-Z]*)$/.exec(String(quantity)) ?? [];
  return Number(number || Number.NaN) * (units[unit] ?? Number.NaN);
}

/** As Kubernetes writes it: CPU in cores or thousandths, memory by the largest binary unit that divides it. */
export function written(resource: string, amount: number): string {
  if (/cpu$/.test(resource)) return Number.isInteger(amount) ? `${amount}` : `${Math.round(amount * 1000)}m`;
  const unit = ["Ti", "Gi", "Mi", "Ki"].find((one) => amount > 0 && amount % (units[one] ?? 1) === 0) ?? "";
  return /(memory|storage)$/.test(resource) ? `${amount / (units[unit] ?? 1)}${unit}` : `${amount}`;
}
