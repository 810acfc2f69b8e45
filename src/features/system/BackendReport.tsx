// What was found out about the backend: why no faster one was taken, how it was checked, how it cuts its matrix products.

import { BACKEND_NAMES } from '../../components/backendNames';
import { formatNumber } from '../../components/format';
import { Icon } from '../../components/icons';
import { ScrollX } from '../../components/ScrollX';
import type { BackendReport as Report } from '../../core/events';

export function BackendReport({ report }: { report: Report }) {
  return (
    <>
      <section className="system-part" aria-labelledby="system-refused">
        <h3 id="system-refused" className="heading">
          Why no faster one
        </h3>
        {report.refused.length === 0 ? (
          <p className="quiet">No backend that was tried was refused.</p>
        ) : (
          <ul className="system-refusals">
            {report.refused.map(({ backend, reason, fix }) => (
              <li key={backend + reason}>
                <strong>{BACKEND_NAMES[backend]}</strong>
                <p>
                  {reason} <span className="quiet">{fix}</span>
                </p>
              </li>
            ))}
          </ul>
        )}
      </section>
      <section className="system-part" aria-labelledby="system-check">
        <h3 id="system-check" className="heading">
          Self-check
        </h3>
        {report.selfCheck.length === 0 ? (
          <p className="quiet">The plain CPU backend is the reference: there is nothing to check it against.</p>
        ) : (
          <CheckTable report={report} />
        )}
      </section>
      {report.matmul && <MatmulTile matmul={report.matmul} />}
    </>
  );
}

const TILE_SOURCES: Readonly<Record<NonNullable<Report['matmul']>['source'], string>> = {
  default:
    'The default: nothing was measured on this adapter (on a software adapter measuring takes longer than it saves).',
  measured: 'The fastest that gave right numbers, measured on this adapter just now and remembered for the next visit.',
  remembered: 'The fastest on this adapter, remembered from an earlier visit.',
};

/** How the matrix products are cut into pieces on this GPU. */
function MatmulTile({ matmul: { tile, source, speeds } }: { matmul: NonNullable<Report['matmul']> }) {
  return (
    <section className="system-part" aria-labelledby="system-matmul">
      <h3 id="system-matmul" className="heading">
        Matrix products: {tile}
      </h3>
      <p className="caption">{TILE_SOURCES[source]}</p>
      {Object.keys(speeds).length > 0 && (
        <dl className="system-facts">
          {Object.entries(speeds).map(([name, gflops]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd className="system-value">{formatNumber(gflops)}</dd>
              <dd className="caption">GFLOPS</dd>
            </div>
          ))}
        </dl>
      )}
    </section>
  );
}

function CheckTable({ report }: { report: Report }) {
  return (
    <ScrollX name="Self-check">
      <table className="table system-table">
        <caption>Largest difference from the plain CPU backend, before the first run.</caption>
        <thead>
          <tr>
            <th scope="col">Computation</th>
            <th scope="col" className="number">
              Largest error
            </th>
            <th scope="col" className="number">
              Allowed
            </th>
            <th scope="col">Result</th>
          </tr>
        </thead>
        <tbody>
          {report.selfCheck.map(({ op, maxError, tolerance, passed }) => (
            <tr key={op}>
              <th scope="row">{op}</th>
              <td className="number">{formatNumber(maxError)}</td>
              <td className="number">{formatNumber(tolerance)}</td>
              <td className={passed ? 'system-passed' : 'system-failed'}>
                <Icon name={passed ? 'check' : 'close'} /> {passed ? 'passed' : 'failed'}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollX>
  );
}
