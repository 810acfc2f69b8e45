// What the pictures show and how they are ordered.
import { Choice } from '../../components/Choice';
import type { BlockStatistic } from '../../worker/atlasProtocol';
import type { Order } from './atlasOrder';
import type { LayerInfo } from './layers';

interface ToolbarProps<Name extends string> {
  /** In the order of the list. */
  layers: readonly LayerInfo<Name>[];
  info: LayerInfo<Name>;
  isThere(name: Name): boolean;
  onLayer(name: Name): void;
  statistic: BlockStatistic;
  onStatistic(statistic: BlockStatistic): void;
  ownDomains: boolean;
  onOwnDomains(own: boolean): void;
  order: Order;
  onOrder(order: Order): void;
  filter: string;
  onFilter(filter: string): void;
}

export function NeuronToolbar<Name extends string>(props: ToolbarProps<Name>) {
  const { layers, info, statistic } = props;
  const isValues = info.form === 'size' || info.form === 'signed';
  return (
    <div className="neurons-controls">
      <label className="neurons-select">
        Layer of the picture
        <select
          value={info.name}
          onChange={(event) => {
            const wanted = layers.find(({ name }) => name === event.target.value);
            if (wanted) props.onLayer(wanted.name);
          }}
        >
          {layers.map(({ name, label }) => (
            <option key={name} value={name} disabled={!props.isThere(name)}>
              {label}
            </option>
          ))}
        </select>
      </label>
      {info.form !== 'overlay' && (
        <Choice<BlockStatistic>
          label="A block of many cells shows"
          options={
            isValues
              ? [
                  { value: 'mean', label: 'Mean' },
                  { value: 'peak', label: 'Peak' },
                ]
              : [
                  { value: 'any', label: 'Any' },
                  { value: 'mean', label: 'Mean' },
                ]
          }
          value={statistic}
          onChange={props.onStatistic}
        />
      )}
      {isValues && (
        <Choice<'all' | 'own'>
          label="Domain of the colours"
          options={[
            { value: 'all', label: 'Same domain' },
            { value: 'own', label: 'Per tensor' },
          ]}
          value={props.ownDomains ? 'own' : 'all'}
          onChange={(value) => props.onOwnDomains(value === 'own')}
        />
      )}
      <Choice<Order>
        label="Order of the tensors"
        options={[
          { value: 'layer', label: 'By layer' },
          { value: 'kind', label: 'By kind' },
          { value: 'density', label: 'By density' },
        ]}
        value={props.order}
        onChange={props.onOrder}
      />
      <label className="neurons-select">
        Filter
        <input
          type="search"
          value={props.filter}
          placeholder="q_proj, layers.1 …"
          onChange={(event) => props.onFilter(event.target.value)}
        />
      </label>
    </div>
  );
}
